package parser_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"hash/maphash"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// make torture sets torture; the test then runs itself once for each
// processor, with the share to do, so that what one reading allocates can be
// told from what others do meanwhile.
var (
	torture      = flag.Bool("torture", false, "damage every dump at every place, instead of small ones only")
	tortureShare = flag.String("torture.share", "", "share/shares of the work, and the file to write the counts to")
)

// Bounds of one reading, whatever it is fed.
const (
	tortureMemory = 64 << 20
	tortureTime   = 2 * time.Second
)

// Up to everyByte bytes of a file are cut and flipped at every byte; beyond, a
// larger one is cut at spreadCuts places and flipped at spreadFlips.
//
// Blobs are walked and judged by their headers; files of more than bothWays
// bytes are cut the one way and the other in turn, and flipped by headers once
// for twelve flips walked.
const (
	everyByte   = 64 << 10
	spreadCuts  = 1000
	spreadFlips = 2000
	bothWays    = 8 << 10
)

// tortureMasks are what a byte is damaged with.
var tortureMasks = [3]byte{0x01, 0x80, 0xff}

// trace is a reading reduced to what is compared: where each key ends and a
// digest of its facts and elements.
type trace struct {
	keys []keyTrace
	err  error
	info parser.Info
}

type keyTrace struct {
	end    int64
	digest uint64
}

var traceSeed = maphash.MakeSeed()

// readTrace reads a source to its end.
func readTrace(src io.Reader, opts parser.Options, keys []keyTrace) trace {
	r := parser.NewReader(src, opts)
	t := trace{keys: keys[:0]}
	var h maphash.Hash
	h.SetSeed(traceSeed)
	for {
		b, err := r.Next()
		if err != nil {
			if err != io.EOF {
				t.err = err
			}
			t.info = *r.Info()
			return t
		}
		for i := range b.Keys {
			k := &b.Keys[i]
			for _, e := range b.Elements(k) {
				digestElement(&h, b, &e)
			}
			if k.Is(parser.More) {
				continue
			}
			digestKey(&h, k)
			t.keys = append(t.keys, keyTrace{k.Offset + k.Size, h.Sum64()})
			h.Reset()
		}
		b.Release()
	}
}

// digestKey adds what headText tells of a key.
func digestKey(h *maphash.Hash, k *parser.Key) {
	_, _ = h.Write(k.Name)
	maphash.WriteComparable(h, [...]int64{
		k.NameLen, int64(k.NameHash), k.Offset, k.Size, k.Expiry, k.Idle, k.Len, k.Stored, k.Count, k.Int,
		int64(k.DB), int64(k.Type), int64(k.Code), int64(k.IntClass), int64(k.Freq), int64(k.Metas), int64(k.Flags & headFlags),
	})
	if k.Module != nil {
		_, _ = h.WriteString(k.Module.Name)
		if k.Module.Vector != nil {
			maphash.WriteComparable(h, *k.Module.Vector)
		}
	}
	if k.Stream != nil {
		maphash.WriteComparable(h, *k.Stream)
	}
}

func digestElement(h *maphash.Hash, b *parser.Batch, e *parser.Element) {
	_, _ = h.Write(b.Bytes(e))
	maphash.WriteComparable(h, [...]int64{e.Len, e.Value, e.Aux, int64(e.Kind) | int64(e.Flags)<<8 | int64(e.Int)<<16 | int64(e.ValueInt)<<24})
}

// tortured are the counts of one file, and the most one of its readings took.
type tortured struct {
	cuts, flips, ways, caught int64
	memory                    uint64
	time                      time.Duration
}

func (a *tortured) add(b *tortured) {
	a.cuts, a.flips, a.ways, a.caught = a.cuts+b.cuts, a.flips+b.flips, a.ways+b.ways, a.caught+b.caught
	a.memory, a.time = max(a.memory, b.memory), max(a.time, b.time)
}

func (a *tortured) String() string {
	return fmt.Sprintf("%8d cuts %8d flips %8d refused %4d ways, at most %5.1f MiB allocated and %v", a.cuts, a.flips, a.caught, a.ways, float64(a.memory)/(1<<20), a.time.Round(time.Millisecond))
}

// place says what was done, when it is asked.
type place struct {
	format  string
	a, b, c int
}

func (p place) String() string { return fmt.Sprintf(p.format, p.a, p.b, p.c) }

// torturer damages one dump.
type torturer struct {
	t      testing.TB
	dump   []byte
	share  int // of shares, positions modulo
	shares int
	limits bool // measure each reading: nothing else runs
	counts tortured
	whole  [2]trace // by headers, walked
	keys   []keyTrace
	sample []metrics.Sample
}

func newTorturer(t testing.TB, dump []byte) *torturer {
	x := &torturer{t: t, dump: dump, shares: 1, sample: []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}}
	for walk := range x.whole {
		x.whole[walk] = readTrace(bytes.NewReader(dump), parser.Options{WalkAll: walk == 1}, nil)
	}
	return x
}

func (x *torturer) allocated() uint64 {
	metrics.Read(x.sample)
	return x.sample[0].Value.Uint64()
}

// read reads a source and holds the limits.
func (x *torturer) read(what fmt.Stringer, src io.Reader, walk int) trace {
	opts := parser.Options{WalkAll: walk == 1}
	if !x.limits {
		return readTrace(src, opts, x.keys)
	}
	before, start := x.allocated(), time.Now()
	got := readTrace(src, opts, x.keys)
	memory, took := x.allocated()-before, time.Since(start)
	// A busy machine may stop the process for seconds: what is slow is slow again.
	for again := 0; again < 3 && took > tortureTime; again++ {
		if s, ok := src.(io.Seeker); ok {
			_, _ = s.Seek(0, io.SeekStart)
			start = time.Now()
			got = readTrace(src, opts, got.keys)
			took = min(took, time.Since(start))
		}
	}
	x.counts.memory, x.counts.time = max(x.counts.memory, memory), max(x.counts.time, took)
	if memory > tortureMemory || took > tortureTime {
		x.t.Errorf("%s: %d bytes allocated, %v", what, memory, took)
	}
	x.keys = got.keys
	return got
}

// sameBefore reports whether the keys that end by the offset are those of the
// whole run, and for a cut that there are no others.
func (x *torturer) sameBefore(what fmt.Stringer, got *trace, walk int, at int64, only bool) {
	want := x.whole[walk].keys
	n := 0
	for n < len(want) && want[n].end <= at {
		n++
	}
	if len(got.keys) < n || only && len(got.keys) != n {
		x.t.Errorf("%s: %d keys, want %d: %v", what, len(got.keys), n, got.err)
		return
	}
	for i, w := range want[:n] {
		if got.keys[i] != w {
			x.t.Errorf("%s: key %d differs from the whole run's", what, i)
			return
		}
	}
}

func traceOffset(err error) int64 {
	var pe *parser.Error
	if errors.As(err, &pe) {
		return pe.Offset
	}
	return -1
}

// cut reads the first n bytes: the error is the whole run's, or says that the
// source ends there.
func (x *torturer) cut(n int) {
	for walk := range x.whole {
		if len(x.dump) > bothWays && n/x.shares%2 != walk {
			continue
		}
		what := place{"cut at %d of %d, walk %d", n, len(x.dump), walk}
		got, whole := x.read(what, bytes.NewReader(x.dump[:n]), walk), &x.whole[walk]
		x.counts.cuts++
		in := &whole.info
		switch {
		case whole.err == nil && int64(n) >= in.End:
			if got.err != nil || got.info.End != in.End || got.info.Tail.Bytes != int64(n)-in.End {
				x.t.Errorf("%s: %v, tail %+v behind %d", what, got.err, got.info.Tail, in.End)
			}
		case got.err == nil:
			x.t.Errorf("%s: no error", what)
		case whole.err != nil && got.err.Error() == whole.err.Error():
		case (int64(n) <= in.Start || errors.Is(whole.err, parser.ErrNotRDB)) && errors.Is(got.err, parser.ErrNotRDB): // nothing of a dump is left
		case !errors.Is(got.err, parser.ErrTruncated) || traceOffset(got.err) != int64(n):
			x.t.Errorf("%s: %v", what, got.err)
		}
		x.sameBefore(what, &got, walk, int64(n), true)
	}
}

// flip damages byte i in three ways. In the range of a checksum that is an
// error; elsewhere reading ends, and the keys before are what they were.
func (x *torturer) flip(i int) {
	sound := &x.whole[1].info
	vouched := sound.Checksum == parser.ChecksumOK && int64(i) >= sound.Start && int64(i) < sound.End
	for m, mask := range tortureMasks {
		for walk := range x.whole {
			if walk == 0 && (m != i%len(tortureMasks) || len(x.dump) > bothWays && i/x.shares%4 != 0) {
				continue
			}
			what := place{"byte %d ^ %#x, walk %d", i, int(mask), walk}
			x.dump[i] ^= mask
			got := x.read(what, bytes.NewReader(x.dump), walk)
			x.dump[i] ^= mask
			x.counts.flips++
			if got.err != nil {
				x.counts.caught++
			}
			if vouched && (got.err == nil || errors.Is(got.err, parser.ErrNotRDB)) {
				x.t.Errorf("%s: %v, with a checksum", what, got.err)
			}
			if off := traceOffset(got.err); got.err != nil && (off < 0 || off > int64(len(x.dump))) {
				x.t.Errorf("%s: %T %v", what, got.err, got.err)
			}
			x.sameBefore(what, &got, walk, int64(i), false)
		}
	}
}

// ways reads the dump as it comes from different sources.
func (x *torturer) ways() {
	for walk := range x.whole {
		for name, src := range map[string]func() (io.Reader, func()){
			"one byte at a time": func() (io.Reader, func()) { return iotest.OneByteReader(bytes.NewReader(x.dump)), func() {} },
			"halves":             func() (io.Reader, func()) { return iotest.HalfReader(bytes.NewReader(x.dump)), func() {} },
			"pipe":               x.pipe,
		} {
			r, done := src()
			got := x.read(place{name + "%.0d%.0d, walk %d", 0, 0, walk}, r, walk)
			done()
			x.counts.ways++
			if fmt.Sprint(got.err) != fmt.Sprint(x.whole[walk].err) {
				x.t.Errorf("%s: %v, whole %v", name, got.err, x.whole[walk].err)
			}
			x.sameBefore(place{name + "%.0d%.0d, walk %d", 0, 0, walk}, &got, walk, int64(len(x.dump)), true)
		}
	}
}

func (x *torturer) pipe() (io.Reader, func()) {
	in, out, err := os.Pipe()
	if err != nil {
		x.t.Fatal(err)
	}
	written := make(chan struct{})
	go func() {
		defer close(written)
		_, _ = out.Write(x.dump) // fails when the reader gives up early
		_ = out.Close()
	}()
	return in, func() { _ = in.Close(); <-written }
}

// run does its share of everything.
func (x *torturer) run() {
	size := len(x.dump)
	mine := func(at int) bool { return at%x.shares == x.share && !x.t.Failed() }
	for n := 0; n <= min(size, everyByte); n++ {
		if mine(n) {
			x.cut(n)
		}
	}
	flips := size
	if size > everyByte {
		for i := range spreadCuts {
			if n := everyByte + int(int64(i)*int64(size-everyByte)/spreadCuts); mine(i) {
				x.cut(n)
			}
		}
		flips = spreadFlips
	}
	for i := range flips {
		if mine(i) {
			x.flip(int(int64(i) * int64(size) / int64(flips)))
		}
	}
	if x.share == 0 {
		x.ways()
	}
}

// tortureFiles are all dumps at hand.
func tortureFiles(t *testing.T) []dumpFile {
	files := manifest(t, filepath.Join("testdata", "dumps"))
	if shared := findShared(t); shared != "" {
		for _, d := range manifest(t, filepath.Join(shared, "corpus")) {
			if !strings.HasPrefix(d.path, "own/") { // those are the shipped ones
				files = append(files, d)
			}
		}
	}
	return files
}

// TestTorture cuts dumps at every offset, flips each byte three ways, and
// reads them in pieces and from a pipe: small ones always, every one with
// -torture (make torture).
func TestTorture(t *testing.T) {
	switch {
	case *tortureShare != "":
		tortureWork(t)
	case *torture:
		tortureAll(t)
	default:
		for name, dump := range sampleDumps(t) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				x := newTorturer(t, bytes.Clone(dump))
				x.shares = stride(17)
				if len(dump) > 2000 {
					x.shares = stride(3) * 3
				}
				x.run()
				t.Log(&x.counts)
			})
		}
	}
}

// tortureAll runs the test binary on each share of the work and adds up.
func tortureAll(t *testing.T) {
	start := time.Now()
	dir := t.TempDir()
	shares := runtime.NumCPU()
	errs := make(chan error, shares)
	for i := range shares {
		go func() {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestTorture$", "-test.timeout=0", "-test.count=1",
				fmt.Sprintf("-torture.share=%d/%d/%s", i, shares, filepath.Join(dir, fmt.Sprint(i))))
			cmd.Env = append(os.Environ(), "GOMAXPROCS=1", "GOGC=400")
			cmd.Args = append(cmd.Args, "-test.v") // findings are printed as they come
			cmd.Stdout, cmd.Stderr = &findings{}, os.Stderr
			err := cmd.Run()
			if err != nil {
				err = fmt.Errorf("share %d: %w", i, err)
			}
			errs <- err
		}()
	}
	for range shares {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	files := tortureFiles(t)
	sums := make([]tortured, len(files))
	for i := range shares {
		text, err := os.ReadFile(filepath.Join(dir, fmt.Sprint(i)))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			var n int
			var c tortured
			if _, err := fmt.Sscan(line, &n, &c.cuts, &c.flips, &c.caught, &c.ways, &c.memory, &c.time); err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			sums[n].add(&c)
		}
	}
	var all tortured
	var size, larger int64
	for i, d := range files {
		n := int64(len(d.bytes(t)))
		size += n
		note := ""
		if n > everyByte {
			larger++
			note = fmt.Sprintf(" (cut at every byte of the first 64 KiB and at %d places more, flipped at %d)", spreadCuts, spreadFlips)
		}
		fmt.Printf("%v  %7d bytes  %s%s\n", &sums[i], n, d.path, note)
		all.add(&sums[i])
		if sums[i].cuts == 0 || sums[i].flips == 0 && n > 0 || sums[i].ways != 6 {
			t.Errorf("%s was left out: %v", d.path, &sums[i])
		}
	}
	verdict := "no finding"
	if t.Failed() {
		verdict = "FINDINGS, see below"
	}
	fmt.Printf("torture: flips are ^ % #x; files of more than %d bytes are cut walked and by headers in turn, and flipped by headers once for twelve flips walked\n", tortureMasks, bothWays)
	fmt.Printf("torture: %d files, %d bytes, %d of them larger than 64 KiB: %v: %s, in %v on %d processors\n",
		len(files), size, larger, strings.Join(strings.Fields(all.String()), " "), verdict, time.Since(start).Round(time.Second), shares)
}

// findings passes on what a share prints, less what tells that all is well.
type findings struct{ rest []byte }

func (f *findings) Write(p []byte) (int, error) {
	f.rest = append(f.rest, p...)
	for {
		line, rest, ok := bytes.Cut(f.rest, []byte("\n"))
		if !ok {
			return len(p), nil
		}
		f.rest = rest
		if !bytes.HasPrefix(line, []byte("===")) && !bytes.Contains(line, []byte("--- PASS")) && string(line) != "PASS" {
			fmt.Printf("%s\n", line)
		}
	}
}

// tortureWork does one share of all files and writes the counts of each.
func tortureWork(t *testing.T) {
	var share, shares int
	at := strings.SplitN(*tortureShare, "/", 3)
	if len(at) != 3 {
		t.Fatalf("share %q", *tortureShare)
	}
	if _, err := fmt.Sscan(at[0]+" "+at[1], &share, &shares); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for n, d := range tortureFiles(t) {
		t.Run(d.path, func(t *testing.T) {
			x := newTorturer(t, d.bytes(t))
			x.share, x.shares, x.limits = share, shares, true
			x.run()
			c := &x.counts
			fmt.Fprintln(&out, n, c.cuts, c.flips, c.caught, c.ways, c.memory, int64(c.time))
		})
	}
	if err := os.WriteFile(at[2], []byte(out.String()), 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestTypesCut cuts a value of every type everywhere, sampled and not.
func TestTypesCut(t *testing.T) {
	for _, s := range specimens() {
		dump := rdbtest.Redis(15).HashTemplate(1, "f1", "field2").Put("key", s.value).EOF().Bytes()
		if len(dump) > 3000 {
			continue
		}
		for _, mode := range []uint8{1, 4} { // walked, sampled
			opts := fuzzOptions(mode)
			if opts.Sample != nil {
				opts.Sample = func(*parser.Key) int { return 1 << 16 }
			}
			for n := 9; n < len(dump); n += 1 + len(dump)/300*stride(5) {
				keys, err := drain(bytes.NewReader(dump[:n]), opts)
				if !errors.Is(err, parser.ErrTruncated) || traceOffset(err) != int64(n) || keys != 0 && n < len(dump)-9 {
					t.Fatalf("%s cut at %d of %d, mode %d: %d keys, %v", s.name, n, len(dump), mode, keys, err)
				}
			}
		}
	}
}
