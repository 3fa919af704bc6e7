package source

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const dump = "REDIS0011\xfa\x09redis-ver\x057.2.4\xff\x00\x00\x00\x00\x00\x00\x00\x00"

// tree writes a directory: names to contents. A name ending in / is a
// directory, contents "-> x" make a link.
func tree(t *testing.T, contents map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range contents {
		p := filepath.Join(dir, filepath.FromSlash(name))
		err := os.MkdirAll(filepath.Dir(p), 0o777)
		if to, ok := strings.CutPrefix(text, "-> "); err != nil {
			t.Fatal(err)
		} else if strings.HasSuffix(name, "/") {
			err = os.MkdirAll(p, 0o777)
		} else if ok {
			err = os.Symlink(to, p)
		} else {
			err = os.WriteFile(p, []byte(text), 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// outcome is a Set in words.
type outcome struct {
	Sources, Skipped, Failed, Warnings []string
	Usage                              string
}

func resolve(t *testing.T, stdin io.Reader, args ...string) outcome {
	t.Helper()
	set, err := Resolver{Stdin: stdin}.Resolve(t.Context(), args)
	return inWords(t, set, err)
}

func inWords(t *testing.T, set *Set, err error) (o outcome) {
	t.Helper()
	if ue := (*UsageError)(nil); errors.As(err, &ue) {
		o.Usage = ue.Msg
		return o
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range set.Sources {
		o.Sources = append(o.Sources, filepath.ToSlash(s.Name))
	}
	for _, s := range set.Skipped {
		o.Skipped = append(o.Skipped, filepath.ToSlash(s.Name)+": "+s.Reason)
	}
	for _, f := range set.Failed {
		o.Failed = append(o.Failed, filepath.ToSlash(f.Name)+": "+f.Err.Error())
	}
	o.Warnings = set.Warnings
	return o
}

func TestResolve(t *testing.T) {
	t.Chdir(tree(t, map[string]string{
		"a.rdb":                      dump,
		"notes.txt":                  "REDIS is a server\n",
		"dir/b.rdb":                  dump,
		"dir/a.rdb":                  dump,
		"dir/c.bin":                  "\n\n$123\r\n" + dump,
		"dir/d.gz":                   string(gzipped(dump)),
		"dir/e.gz":                   string(gzipped("not a dump")),
		"dir/f.zst":                  "\x28\xb5\x2f\xfdgarbage",
		"dir/latest.rdb":             "-> b.rdb",
		"dir/lost":                   "-> nowhere",
		"dir/.hidden":                dump,
		"dir/.lost":                  "-> nowhere",
		"dir/sub/":                   "",
		"dir/empty":                  "",
		"none/x":                     "x",
		"aof/x.aof.1.base.rdb":       dump,
		"aof/x.aof.2.incr.aof":       "*1\r\n",
		"aof/x.aof.0.base.rdb":       dump,
		"aof/x.aof.manifest":         "file x.aof.1.base.rdb seq 1 type b\nfile x.aof.2.incr.aof seq 2 type i\nfile x.aof.0.base.rdb seq 0 type h\n",
		"aof/stray":                  dump,
		"aof2/y.manifest":            "file \"y z.base.aof\" seq 1 type b\n",
		"aof2/y z.base.aof":          "*2\r\n$6\r\nSELECT\r\n",
		"aof5/c.manifest":            "# comment\nseq 1 type b file \"\\x63 d.base.aof\"\n\nstartoffset 0 type i seq 1 file c.1.incr.aof endoffset 9\ntype i seq 2 startoffset 9 file c.2.incr.aof\n",
		"aof5/c d.base.aof":          dump + "*1\r\n$4\r\nPING\r\n", // as before 7.0: a dump, then commands
		"aof5/c.1.incr.aof":          "*1\r\n",
		"aof5/c.2.incr.aof":          "*2\r\n$1\r\n",
		"aof6/d.manifest":            "file d.1.base.rdb seq 1 type b\nfile d.2.base.rdb seq 2 type b\n",
		"aof6/d.1.base.rdb":          dump,
		"aof6/d.2.base.rdb":          dump,
		"aof3/y.manifest":            "file gone.rdb seq 1 type b\n",
		"aof4/y.manifest":            "file y.incr.aof seq 1 type i\n",
		"notaof/package.manifest":    "file ../../etc/passwd seq 1 type b\n",
		"notaof/dump.rdb":            dump,
		"dir2/\x1b[31mred\xff\u00e9": dump,
	}))
	for _, tt := range []struct {
		name string
		args []string
		want outcome
	}{
		{"file", []string{"a.rdb"}, outcome{Sources: []string{"a.rdb"}}},
		{"any file named outright", []string{"notes.txt"}, outcome{Sources: []string{"notes.txt"}}},
		{"missing", []string{"a.rdb", "b.rdb"}, outcome{Sources: []string{"a.rdb"}, Failed: []string{"b.rdb: no such file or directory"}}},
		{"twice", []string{"a.rdb", "./a.rdb"}, outcome{Usage: "a.rdb and ./a.rdb are the same file"}},
		{"same name twice", []string{"a.rdb", "a.rdb"}, outcome{Usage: "a.rdb is given twice"}},
		{"through a directory", []string{"dir/a.rdb", "dir"}, outcome{Usage: "dir/a.rdb is given twice"}},
		{"stdin twice", []string{"-", "-"}, outcome{Usage: "stdin is given twice"}},
		{"stdin", []string{"-", "a.rdb"}, outcome{Sources: []string{"stdin", "a.rdb"}}},
		{"url", []string{"s3://bucket/key"}, outcome{Usage: "s3:// sources are not built yet"}},
		{"empty", []string{""}, outcome{Usage: "a source's name is empty"}},
		{"directory", []string{"dir"}, outcome{
			Sources: []string{"dir/a.rdb", "dir/b.rdb", "dir/c.bin", "dir/d.gz", "dir/empty", "dir/f.zst"},
			Failed:  []string{"dir/lost: no such file or directory"},
			Skipped: []string{"dir/.hidden: hidden file", "dir/.lost: hidden file", "dir/e.gz: not an RDB dump",
				"dir/latest.rdb: the same file as dir/b.rdb", "dir/sub: directory"},
		}},
		{"directory without dumps", []string{"none"}, outcome{
			Skipped: []string{"none/x: not an RDB dump"}, Failed: []string{"none: no file in this directory is a dump"}}},
		{"glob", []string{"*/*.rdb"}, outcome{
			Sources: []string{"aof/x.aof.0.base.rdb", "aof/x.aof.1.base.rdb", "aof6/d.1.base.rdb", "aof6/d.2.base.rdb", "dir/a.rdb", "dir/b.rdb", "notaof/dump.rdb"},
			Skipped: []string{"dir/latest.rdb: the same file as dir/b.rdb"}}},
		{"glob of hidden files", []string{"dir/.h*"}, outcome{Sources: []string{"dir/.hidden"}}},
		{"glob without match", []string{"*.nothing"}, outcome{Failed: []string{"*.nothing: no file matches"}}},
		{"glob without dump", []string{"*.txt"}, outcome{
			Skipped: []string{"notes.txt: not an RDB dump"}, Failed: []string{"*.txt: no file that matches is a dump"}}},
		{"bad glob", []string{"[a"}, outcome{Usage: `bad pattern "[a"`}},
		{"multi-part AOF", []string{"aof"}, outcome{
			Sources: []string{"aof/x.aof.1.base.rdb"},
			Skipped: []string{"aof/stray: not a part of the AOF that x.aof.manifest describes",
				"aof/x.aof.0.base.rdb: history of the AOF, superseded by its base"},
			Warnings: []string{"aof: 4 bytes of commands after the base of this AOF are not analysed"}}},
		{"AOF whose base is commands", []string{"aof2"}, outcome{
			Failed: []string{"aof2/y z.base.aof: the base of this AOF holds commands, not a dump (aof-use-rdb-preamble was off)"}}},
		{"AOF whose base is gone", []string{"aof3"}, outcome{Failed: []string{"aof3/gone.rdb: no such file or directory"}}},
		{"manifest with comments, escapes and offsets", []string{"aof5"}, outcome{
			Sources: []string{"aof5/c d.base.aof"}, Warnings: []string{"aof5: 12 bytes of commands after the base of this AOF are not analysed"}}},
		{"manifest with two bases", []string{"aof6"}, outcome{
			Sources: []string{"aof6/d.1.base.rdb", "aof6/d.2.base.rdb"}, Skipped: []string{"aof6/d.manifest: not the manifest of an AOF: line 2: a second base"}}},
		{"AOF without base", []string{"aof4"}, outcome{Failed: []string{"aof4: this AOF has no base file, only commands"}}},
		{"a manifest that is none", []string{"notaof"}, outcome{
			Sources: []string{"notaof/dump.rdb"}, Skipped: []string{`notaof/package.manifest: not the manifest of an AOF: line 1: file "../../etc/passwd" is not a bare name`}}},
		{"hostile name", []string{"dir2"}, outcome{Sources: []string{`dir2/\x1b[31mred\xffé`}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, resolve(t, strings.NewReader(""), tt.args...)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestStdinThatIsASourceToo(t *testing.T) {
	t.Chdir(tree(t, map[string]string{"a.rdb": dump}))
	f, err := os.Open("a.rdb")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, args := range [][]string{{"-", "a.rdb"}, {"a.rdb", "-"}} {
		if o := resolve(t, f, args...); !strings.HasSuffix(o.Usage, "are the same file") {
			t.Errorf("%q: %+v, want a usage error", args, o)
		}
	}
}

func TestOpen(t *testing.T) {
	body := dump + strings.Repeat("some bytes that compress\n", 40000)
	dir := tree(t, map[string]string{"plain": body, "packed": string(gzipped(body)), "short": "RE", "empty": ""})
	for _, tt := range []struct {
		name, want, compression string
		size                    int64
	}{
		{"plain", body, "", int64(len(body))},
		{"packed", body, "gzip", 0},
		{"short", "RE", "", 2},
		{"empty", "", "", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			set, err := Resolver{}.Resolve(t.Context(), []string{filepath.Join(dir, tt.name)})
			if err != nil {
				t.Fatal(err)
			}
			s := set.Sources[0]
			st, err := s.Open(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(st)
			if err != nil || string(got) != tt.want {
				t.Errorf("read %d bytes, %v; want %d", len(got), err, len(tt.want))
			}
			if st.Size != tt.size || st.Compression != tt.compression {
				t.Errorf("size %d, compression %q; want %d, %q", st.Size, st.Compression, tt.size, tt.compression)
			}
			if s.Consumed() != s.Total() {
				t.Errorf("consumed %d of %d bytes", s.Consumed(), s.Total())
			}
			if err := st.Close(); err != nil {
				t.Error(err)
			}
			if n, err := st.Read(make([]byte, 1)); n != 0 || err == nil || err == io.EOF {
				t.Errorf("after Close: read %d, %v", n, err)
			}
		})
	}
}

func TestStdinPipe(t *testing.T) {
	body := dump + strings.Repeat("x", 3*pumpBuffer+17)
	for _, in := range []string{body, string(gzipped(body))} {
		pr, pw := io.Pipe()
		go func() {
			_, err := io.Copy(pw, strings.NewReader(in))
			pw.CloseWithError(err)
		}()
		set, err := Resolver{Stdin: pr}.Resolve(t.Context(), []string{"-"})
		if err != nil {
			t.Fatal(err)
		}
		st, err := set.Sources[0].Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(st)
		if err != nil || string(got) != body {
			t.Errorf("read %d bytes, %v; want %d", len(got), err, len(body))
		}
		if n := set.Sources[0].Consumed(); n != int64(len(in)) {
			t.Errorf("consumed %d bytes, want %d", n, len(in))
		}
	}
}

// TestSilentPipe: giving up does not wait for a pipe that says nothing.
func TestSilentPipe(t *testing.T) {
	pr, pw := io.Pipe()
	defer pw.Close()
	stop := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	set, err := Resolver{Stdin: pr}.Resolve(ctx, []string{"-"})
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		if _, err := pw.Write(bytes.Repeat([]byte("REDIS0011"), headSize)); err != nil {
			t.Error(err)
		}
	}()
	st, err := set.Sources[0].Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	cancel(stop)
	done := make(chan error, 1)
	go func() {
		_, err := io.ReadAll(st)
		done <- err
	}()
	select {
	case err := <-done:
		if !errors.Is(err, stop) {
			t.Errorf("error %v, want %v", err, stop)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("still reading")
	}
}

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"plain/a b.rdb": "plain/a b.rdb", "\x1b[31m": `\x1b[31m`, "a\nb": `a\x0ab`, "\xff": `\xff`, "é\ufffd": "é\ufffd",
		"\u202e": `\xe2\x80\xae`, `C:\x`: `C:\x`, "": "",
	} {
		if got := Printable(in); got != want {
			t.Errorf("Printable(%q) = %q, want %q", in, got, want)
		}
	}
}
