package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"hash/crc64"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/klauspost/compress/gzip"

	"github.com/rdblens/rdblens/parser/rdbtest"
)

func zipped(t *testing.T, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		w, err := z.Create(files[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(files[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func tarred(t *testing.T, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		if err := w.WriteHeader(&tar.Header{Name: files[i], Mode: 0o600, Size: int64(len(files[i+1]))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(files[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzippedBytes(t *testing.T, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// fill writes files into a directory and goes there.
func fill(t *testing.T, files map[string][]byte) {
	t.Helper()
	dir := t.TempDir()
	for name, b := range files {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
}

// dumped is what DUMP answers for a string.
func dumped(value string) []byte {
	b := append([]byte{0, byte(len(value))}, value...)
	if len(value) > 63 {
		b = append([]byte{0, 0x80, 0, byte(len(value) >> 16), byte(len(value) >> 8), byte(len(value))}, value...)
	}
	b = append(b, 11, 0)
	return binary.LittleEndian.AppendUint64(b, ^crc64.Update(^uint64(0), crc64.MakeTable(0x95ac9329ac4bc9b5), b))
}

// TestNoDump: what is no dump is called what it is, with the command that leads on, by
// every command that reads dumps.
func TestNoDump(t *testing.T) {
	demo, err := os.ReadFile("../../testdata/demo.rdb")
	if err != nil {
		t.Fatal(err)
	}
	short := demo[:3000]
	wide := func(order binary.AppendByteOrder) (out []byte) {
		for _, u := range utf16.Encode([]rune("\ufeff" + string(short))) {
			out = order.AppendUint16(out, u)
		}
		return out
	}
	var latin1 []byte
	for _, c := range short {
		latin1 = append(latin1, string(rune(c))...)
	}
	crlf := bytes.ReplaceAll(short, []byte("\n"), []byte("\r\n"))
	folded := func(text string) []byte {
		var b strings.Builder
		for ; len(text) > 76; text = text[76:] {
			b.WriteString(text[:76] + "\n")
		}
		return []byte(b.String() + text + "\n")
	}
	files := map[string][]byte{
		"b64":         folded(base64.StdEncoding.EncodeToString(short)),
		"b64gz":       folded(base64.StdEncoding.EncodeToString(gzippedBytes(t, short))),
		"dataurl":     []byte("data:application/octet-stream;base64," + base64.StdEncoding.EncodeToString(short)),
		"hex":         []byte(hex.EncodeToString(short)),
		"xxd":         []byte("00000000: 5245 4449 5330 3031 30fa 0972 6564 6973  REDIS0010..redis\n"),
		"utf16le":     wide(binary.LittleEndian),
		"utf16be":     wide(binary.BigEndian),
		"fffd":        []byte(strings.ToValidUTF8(string(short[:9])+"\xfa\xfa"+string(short[9:]), "\ufffd")),
		"latin1":      latin1,
		"crlf":        crlf,
		"zeros":       make([]byte, 70000),
		"xml":         []byte("<?xml version=\"1.0\"?>\n<Error><Code>NoSuchKey</Code><Message>The key \x1b[31m is gone.</Message></Error>"),
		"json":        []byte(`{"error": {"code": 403, "message": "Anonymous caller does not have access"}}`),
		"html":        []byte("<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>"),
		"htmlgz":      gzippedBytes(t, []byte("<html><title>Sign in</title></html>")),
		"payload":     dumped("hello"),
		"payloadnl":   append(dumped("hello"), '\n'),
		"long":        dumped(strings.Repeat("0123456789", 1000)),
		"longnl":      append(dumped(strings.Repeat("0123456789", 1000)), '\n'),
		"lfs":         []byte("version https://git-lfs.github.com/spec/v1\noid sha256:00\n"),
		"empty.zip":   zipped(t),
		"notes.zip":   zipped(t, "a.txt", "not a dump", "b.txt", "nor this"),
		"notes.tgz":   gzippedBytes(t, tarred(t, "a.txt", "not a dump")),
		"it's b64":    []byte(base64.StdEncoding.EncodeToString(short)),
		"a.manifest":  []byte("file appendonly.aof.1.base.rdb seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n"),
		"report.json": []byte("{\n  \"schema\": \"rdblens.report/1\"}"),
	}
	fill(t, files)
	for name, want := range map[string]string{
		"b64":         "this is base64; base64 -d b64 | rdblens -",
		"b64gz":       "this is base64; base64 -d b64gz | rdblens -",
		"dataurl":     "this is base64; cut -d, -f2- dataurl | base64 -d | rdblens -",
		"hex":         "this is hexadecimal digits; xxd -r -p hex | rdblens -",
		"xxd":         "this is hexadecimal digits; xxd -r xxd | rdblens -",
		"utf16le":     "this is a dump in UTF-16",
		"utf16be":     "this is a dump in UTF-16",
		"fffd":        "which put U+FFFD in place of its bytes",
		"latin1":      "iconv -f UTF-8 -t ISO-8859-1 latin1 | rdblens -",
		"crlf":        "a carriage return was put before each line feed",
		"zeros":       "this is a file that begins with 4096 or more zeros; its contents were lost",
		"xml":         `an answer of an object store "NoSuchKey" "The key \\x1b[31m is gone.", in place of the file`,
		"json":        `an answer in JSON, in place of the file: {"error": {"code": 403`,
		"html":        `this is a web page "Sign in", in place of the file`,
		"htmlgz":      `this is a web page "Sign in", in place of the file`,
		"payload":     "the value of one key; a server takes it: head -c 17 payload | redis-cli -x RESTORE",
		"payloadnl":   "head -c 17 payloadnl | redis-cli",
		"long":        "head -c 10016 long | redis-cli",
		"longnl":      "head -c 10016 longnl | redis-cli",
		"lfs":         "git lfs pull --include lfs",
		"empty.zip":   "this is an empty zip archive",
		"notes.zip":   "notes.zip: no file in this archive is a dump",
		"notes.tgz":   "notes.tgz: no file in this archive is a dump",
		"it's b64":    `base64 -d 'it'\''s b64' | rdblens -`,
		"a.manifest":  `rdblens "$(dirname a.manifest)"`,
		"report.json": "this is a result of this program, rdblens.report/1",
	} {
		for _, command := range [][]string{{"report"}, {"keys"}, {"check"}, {"show", name, "x"}, {"whatif", name, "--to", "valkey-8.1"}} {
			if len(command) == 1 {
				command = append(command, name)
			}
			code, out, errs := execute(t, command...)
			wantCode := exitFailed
			if (name == "fffd" || name == "latin1" || name == "crlf") && command[0] != "show" { // a dump, with damage
				wantCode = exitPartial
			}
			if code != wantCode || !strings.Contains(errs, want) || strings.Contains(out+errs, "\x1b") {
				t.Errorf("%s: exit code %d, want %q in: %s", command, code, want, errs)
			}
		}
	}
	for _, undo := range []struct {
		name string
		of   []byte
	}{{"crlf", bytes.ReplaceAll(crlf, []byte("\r\n"), []byte("\n"))}} {
		if !bytes.Equal(undo.of, short) {
			t.Errorf("%s: what is advised does not undo it", undo.name)
		}
	}
}

// TestArchives: the dumps in archives are sources, the same as beside them.
func TestArchives(t *testing.T) {
	one := string(head(10).SelectDB(0).Put("a:1", rdbtest.String(rdbtest.Plain("x"))).EOF().Bytes())
	two := string(head(10).SelectDB(0).Put("b:1", rdbtest.String(rdbtest.Plain("yy"))).EOF().Bytes())
	long := head(10).SelectDB(0)
	for i := range 3000 {
		long.Put(strings.Repeat("k", i%7+1)+string(rune('a'+i%26)), rdbtest.String(rdbtest.Plain("value")))
	}
	three := string(gzippedBytes(t, long.EOF().Bytes()))
	members := []string{"readme.txt", "two dumps", "d/one.rdb", one, "d/two", two, "three.rdb.gz", three, "._one.rdb", "resource", "../../etc/x.rdb", one,
		"appendonly.aof.1.incr.aof", "*1\r\n$4\r\nPING\r\n"}
	fill(t, map[string][]byte{
		"a.zip": zipped(t, members...), "a.tar": tarred(t, members...), "a.tgz": gzippedBytes(t, tarred(t, members...)),
		"dir/in.tar": tarred(t, "x.rdb", one), "dir/other.zip": zipped(t, "notes.txt", "none"), "dir/y.rdb": []byte(two),
		"cut.tar": tarred(t, "x.rdb", one, "y.rdb", strings.Repeat(two, 40))[:2000], "cut.zip": zipped(t, members...)[:300],
		"one.rdb": []byte(one),
	})
	var rows []string
	for _, name := range []string{"a.zip", "a.tar", "a.tgz"} {
		code, out, errs := execute(t, "keys", name)
		if code != exitOK || !strings.Contains(errs, "skipped "+name+"/readme.txt: not an RDB dump") || !strings.Contains(errs, "14 bytes of commands of an append-only file in an archive are not analysed") {
			t.Errorf("%s: exit code %d: %s", name, code, errs)
		}
		for _, source := range []string{"/d/one.rdb,", "/d/two,", "/three.rdb.gz,", "/etc/x.rdb,"} {
			if !strings.Contains(out, name+source) {
				t.Errorf("%s: no row of %s", name, source)
			}
		}
		rows = append(rows, strings.ReplaceAll(out, name, "a"))
	}
	if rows[0] != rows[1] || rows[0] != rows[2] || strings.Count(rows[0], "\n") != 3004 {
		t.Errorf("%d rows; they differ by archive", strings.Count(rows[0], "\n"))
	}
	code, out, errs := execute(t, "keys", "--columns", "key", "dir")
	if code != exitOK || out != "key\na:1\nb:1\n" || !strings.Contains(errs, "skipped dir/other.zip: not an RDB dump but a zip archive") {
		t.Errorf("a directory: %d %q %s", code, out, errs)
	}
	if code, _, errs = execute(t, "keys", "cut.tar"); code != exitPartial || !strings.Contains(errs, "cut.tar: this tar archive is damaged") && !strings.Contains(errs, "cut.tar/y.rdb") {
		t.Errorf("a cut tar: %d %s", code, errs)
	}
	if code, _, errs = execute(t, "keys", "cut.zip"); code != exitFailed || !strings.Contains(errs, "this zip archive is damaged") {
		t.Errorf("a cut zip: %d %s", code, errs)
	}
	if code, _, errs = execute(t, "keys", "a.zip", "-o", "a.zip/"); code == exitOK {
		t.Errorf("an output in place of its archive: %s", errs)
	}
	b, err := os.ReadFile("a.zip")
	if err != nil {
		t.Fatal(err)
	}
	var o, e bytes.Buffer
	if code := run(t.Context(), []string{"-"}, bytes.NewReader(b), &o, &e, func(string) string { return "" }); code != exitFailed || !strings.Contains(e.String(), "this is a zip archive; unzip -p FILE") {
		t.Errorf("a zip on standard input: %d %s", code, &e)
	}
}

// TestReportOfParts: report takes parts as merge does.
func TestReportOfParts(t *testing.T) {
	demo, err := filepath.Abs("../../testdata/demo.rdb")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if code, _, errs := execute(t, "report", demo, "-o", "a.rdbpart"); code != exitOK {
		t.Fatal(errs)
	}
	for _, args := range [][]string{{"-f", "json"}, {"--top", "3"}, {"-f", "part"}} {
		_, want, _ := execute(t, append([]string{"merge", "a.rdbpart"}, args...)...)
		code, got, errs := execute(t, append([]string{"a.rdbpart"}, args...)...)
		if code != exitOK || got != want || got == "" {
			t.Errorf("%s: exit code %d, the same %v: %s", args, code, got == want, errs)
		}
	}
	if code, _, errs := execute(t, "a.rdbpart", "--match", "x*"); code != exitUsage || !strings.Contains(errs, "--match says how a dump is read") {
		t.Errorf("%d %s", code, errs)
	}
	for _, command := range [][]string{{"keys", "a.rdbpart"}, {"check", "a.rdbpart"}, {"show", "a.rdbpart", "x"}, {"report", demo, "a.rdbpart"}} {
		if _, _, errs := execute(t, command...); !strings.Contains(errs, "a part, not a dump; rdblens report and rdblens merge read it") {
			t.Errorf("%s: %s", command, errs)
		}
	}
}

// TestURLs: each scheme leads to the client that knows it, and no password is repeated.
func TestURLs(t *testing.T) {
	for arg, want := range map[string]string{
		"s3://b/dump.rdb":                  "aws s3 cp s3://b/dump.rdb - | rdblens -",
		"s3://b/backups/":                  "aws s3 cp --recursive s3://b/backups/ dumps/ && rdblens dumps/",
		"gs://b/dump.rdb":                  "gcloud storage cat gs://b/dump.rdb | rdblens -",
		"azblob://c/dump.rdb":              "curl -sfL 'https://ACCOUNT.blob.core.windows.net/c/dump.rdb?SIGNATURE' | rdblens -",
		"https://h/dump.rdb?a=1&b=2":       "curl -sfL 'https://h/dump.rdb?a=1&b=2' | rdblens -",
		"http://h/dump.rdb":                "curl -sfL http://h/dump.rdb | rdblens -",
		"redis://h:6380/2":                 "redis-cli -u redis://h:6380/2 --rdb - | rdblens -",
		"valkeys://user:s3cret@h:6380":     "REDISCLI_AUTH=... redis-cli -u rediss://user@h:6380 --rdb - | rdblens -",
		"redis://:s3cret@h":                "REDISCLI_AUTH=... redis-cli -u redis://h --rdb - | rdblens -",
		"unix:///run/redis.sock":           "redis-cli -s /run/redis.sock --rdb - | rdblens -",
		"file:///var/lib/redis/dump.rdb":   "rdblens /var/lib/redis/dump.rdb",
		"ssh://db1/var/lib/redis/dump.rdb": "ssh db1 cat /var/lib/redis/dump.rdb | rdblens -",
		"https://h/it's;rm -rf $HOME":      `curl -sfL 'https://h/it'\''s;rm -rf $HOME' | rdblens -`,
		"gopher://h/dump.rdb":              "give a file, - for standard input",
	} {
		code, _, errs := execute(t, arg)
		if code != exitUsage || !strings.Contains(strings.ReplaceAll(errs, "'", ""), strings.ReplaceAll(want, "'", "")) || strings.Contains(errs, "s3cret") {
			t.Errorf("%s: %d, want %q: %s", arg, code, want, errs)
		}
	}
}
