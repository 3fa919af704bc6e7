package parser_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"hash/maphash"
	"io"
	"math"
	"math/bits"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/metrics"
	"slices"
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
	tortureEvery = flag.Int("torture.every", 1, "with -torture: only one place in this many, for a quick look")
	tortureFile  = flag.String("torture.files", "", "with -torture: only dumps whose path matches this expression")
	tortureShare = flag.String("torture.share", "", "share/shares of the work, and the file to write the counts to")
)

// Bounds of one reading, whatever it is fed.
const (
	tortureMemory = 64 << 20
	tortureTime   = 2 * time.Second
	tortureHang   = time.Minute
)

// Every dump is cut at every offset and flipped at each byte, with each mask.
//
// Blobs are walked and judged by their headers: both for small files. Files of
// more than bothWays bytes are cut the one way and the other in turn, and
// flipped by headers once for twelve flips walked. In files of more than oneWay
// bytes one of the three flips of a byte is walked and two are read by headers.
// A bomb, whose contents are more than bombRatio times its bytes, is cut and
// flipped by headers at each byte, and walked at one in bombPlaces.
const (
	bothWays   = 8 << 10
	oneWay     = 64 << 10
	bombRatio  = 64
	bombPlaces = 32
)

// tortureMasks are what a byte is damaged with.
var tortureMasks = [3]byte{0x01, 0x80, 0xff}

// trace is a reading reduced to what is compared: where each key ends and a
// digest of its facts and elements.
type trace struct {
	keys     []keyTrace
	contents int64 // bytes of strings and packed blobs
	err      error
	info     parser.Info
}

type keyTrace struct {
	end    int64
	digest digest
}

var traceSeed = maphash.MakeSeed()

// digest is a key, its elements included, mixed to a number. Reading a dump a
// million times, a hash of whole structs would take as long as the parser.
type digest uint64

func (d *digest) number(v int64) {
	hi, lo := bits.Mul64(uint64(*d)^uint64(v)^0x9e3779b97f4a7c15, 0xd6e8feb86659fd93)
	*d = digest(hi ^ lo)
}

func (d *digest) bytes(p []byte) { d.number(int64(maphash.Bytes(traceSeed, p))) }

// key adds what headText tells of a key.
func (d *digest) key(k *parser.Key) {
	d.bytes(k.Name)
	for _, v := range [...]int64{
		k.NameLen, int64(k.NameHash), k.Offset, k.Size, k.Expiry, k.Idle, k.Len, k.Stored, k.Count, k.Int,
		int64(k.DB), int64(k.Type), int64(k.Code), int64(k.IntClass), int64(k.Freq), int64(k.Metas), int64(k.Flags & headFlags),
	} {
		d.number(v)
	}
	if k.Module != nil {
		d.bytes([]byte(k.Module.Name))
		if k.Module.Vector != nil {
			d.number(int64(maphash.Comparable(traceSeed, *k.Module.Vector)))
		}
	}
	if k.Stream != nil {
		d.number(int64(maphash.Comparable(traceSeed, *k.Stream)))
	}
}

// sampled adds the contents of a sampled string, and what a look at it left.
func (d *digest) sampled(k *parser.Key, text []byte) {
	d.number(int64(k.Fingerprint[0]))
	d.number(int64(k.Fingerprint[1]))
	d.number(int64(k.Fingerprint[2]))
	for _, m := range k.Tag {
		d.number(int64(m))
	}
	if !k.Is(parser.ValueLZF) {
		d.bytes(k.Value)
		return
	}
	text, ok := parser.InflateLZF(text[:0], k.Value, tortureSample)
	d.bytes(text)
	if ok {
		d.number(1)
	}
}

// tortureSample is how many bytes of contents a report's reading takes.
const tortureSample = 64

// tortureOptions are those of a report, or of a check.
func tortureOptions(walk int) parser.Options {
	if walk == 1 {
		return parser.Options{WalkAll: true}
	}
	return parser.Options{Hooks: hooked(parser.Hooks{
		KeepLZF: true, Glimpse: true,
		Key: func(k *parser.Key) int {
			k.Tag = parser.Tag{uint64(k.Offset), maphash.Bytes(traceSeed, k.Name), uint64(k.Type)}
			return tortureSample * int(k.Offset&1)
		},
		Fingerprint: func(_ *parser.Key, stored []byte) (uint64, uint64, uint64) {
			return maphash.Bytes(traceSeed, stored), uint64(len(stored)), 0
		},
	})}
}

func (d *digest) element(b *parser.Batch, e *parser.Element) {
	d.bytes(b.Bytes(e))
	d.number(e.Len)
	d.number(e.Value)
	d.number(e.Aux)
	d.number(int64(e.Kind) | int64(e.Flags)<<8 | int64(e.Int)<<16 | int64(e.ValueInt)<<24)
}

// readTrace reads a source to its end. Keys that begin at the offset until or
// behind it have no digest.
func readTrace(src io.Reader, opts parser.Options, until int64, keys []keyTrace) trace {
	r := parser.NewReader(src, opts)
	t := trace{keys: keys[:0]}
	var d digest
	var space [tortureSample]byte
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
			if k.Offset < until {
				elements := b.Elements(k)
				for j := range elements {
					d.element(b, &elements[j])
				}
			}
			if k.Is(parser.More) {
				continue
			}
			if k.Offset < until {
				d.key(k)
				d.sampled(k, space[:])
			}
			t.contents += k.Len
			t.keys = append(t.keys, keyTrace{k.Offset + k.Size, d})
			d = 0
		}
		b.Release()
	}
}

// tortured are the counts of one file, and the most one of its readings took.
type tortured struct {
	cuts, ended          int64 // cuts, and those that were refused
	flips, caught, sworn int64 // flips, those that were refused, and those that a checksum vouches for
	ways                 int64
	memory               uint64 // bytes
	time                 time.Duration
}

// tortureCounts is how a share passes on the counts of a file.
const tortureCounts = "%d %d %d %d %d %d %d %d %d\n"

func (a *tortured) fields() []any {
	return []any{&a.cuts, &a.ended, &a.flips, &a.caught, &a.sworn, &a.ways, &a.memory, (*int64)(&a.time)}
}

func (a *tortured) add(b *tortured) {
	a.cuts, a.ended, a.ways = a.cuts+b.cuts, a.ended+b.ended, a.ways+b.ways
	a.flips, a.caught, a.sworn = a.flips+b.flips, a.caught+b.caught, a.sworn+b.sworn
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
	bomb   bool
	counts tortured
	whole  [2]trace // by headers, walked
	keys   []keyTrace
	sample []metrics.Sample
}

func newTorturer(t testing.TB, dump []byte, limits bool) *torturer {
	x := &torturer{t: t, dump: dump, shares: 1, limits: limits, sample: []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}}
	for walk := range x.whole {
		x.keys = nil // of the other is kept
		x.whole[walk] = x.read(place{"whole%.0d%.0d, walk %d", 0, 0, walk}, bytes.NewReader(dump), walk, math.MaxInt64)
	}
	x.keys = nil
	x.bomb = isBomb(len(dump), &x.whole[1])
	return x
}

func (x *torturer) allocated() uint64 {
	metrics.Read(x.sample)
	return x.sample[0].Value.Uint64()
}

// isBomb reports whether a dump takes far longer to walk than its size tells.
func isBomb(size int, walked *trace) bool { return walked.contents > bombRatio*int64(size) }

// read reads a source, with digests of the keys before until, and holds the
// limits. The trace is valid until the next reading.
func (x *torturer) read(what fmt.Stringer, src io.Reader, walk int, until int64) trace {
	opts := tortureOptions(walk)
	if !x.limits {
		got := readTrace(src, opts, until, x.keys)
		x.keys = got.keys
		return got
	}
	before, start, cpu := x.allocated(), time.Now(), cpuTime()
	got := readTrace(src, opts, until, x.keys)
	memory, took := x.allocated()-before, time.Since(start)
	// A busy machine may stop the process for seconds: then the time counts that
	// the processors took for it.
	if took > tortureTime && took < tortureHang {
		took = cpuTime() - cpu
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
	if got.info.Keys != int64(len(got.keys)) {
		x.t.Errorf("%s: %d keys counted, %d delivered", what, got.info.Keys, len(got.keys))
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
		turn := n / x.shares
		switch {
		case x.bomb && walk == 1 && turn%bombPlaces != 0:
			continue
		case !x.bomb && len(x.dump) > bothWays && turn%2 != walk:
			continue
		}
		what := place{"cut at %d of %d, walk %d", n, len(x.dump), walk}
		got, whole := x.read(what, bytes.NewReader(x.dump[:n]), walk, int64(n)), &x.whole[walk]
		x.counts.cuts++
		if got.err != nil {
			x.counts.ended++
		}
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
			turn := i / x.shares
			switch {
			case x.bomb && walk == 1 && turn%bombPlaces != 0:
				continue
			case !x.bomb && len(x.dump) > oneWay && (walk == 1) != (m == i%len(tortureMasks)):
				continue
			case !x.bomb && len(x.dump) <= oneWay && walk == 0 && (m != i%len(tortureMasks) || len(x.dump) > bothWays && turn%4 != 0):
				continue
			}
			what := place{"byte %d ^ %#x, walk %d", i, int(mask), walk}
			x.dump[i] ^= mask
			got := x.read(what, bytes.NewReader(x.dump), walk, int64(i))
			x.dump[i] ^= mask
			x.counts.flips++
			if vouched {
				x.counts.sworn++
			}
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
			got := x.read(place{name + "%.0d%.0d, walk %d", 0, 0, walk}, r, walk, math.MaxInt64)
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
	for n := range size + 1 {
		if mine(n) {
			x.cut(n)
		}
	}
	for i := range size {
		if mine(i) {
			x.flip(i)
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
	wanted, err := regexp.Compile(*tortureFile)
	if err != nil {
		t.Fatal(err)
	}
	files = slices.DeleteFunc(files, func(d dumpFile) bool { return !wanted.MatchString(d.path) })
	if len(files) == 0 {
		t.Fatalf("no dump's path matches %q", *tortureFile)
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
				x := newTorturer(t, bytes.Clone(dump), false)
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
				fmt.Sprintf("-torture.share=%d/%d/%s", i, shares, filepath.Join(dir, fmt.Sprint(i))),
				"-torture.files="+*tortureFile, fmt.Sprint("-torture.every=", *tortureEvery))
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
			t.Error(err)
		}
		for line := range strings.Lines(string(text)) {
			var n int
			var c tortured
			if _, err := fmt.Sscanf(line, tortureCounts, append([]any{&n}, c.fields()...)...); err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			sums[n].add(&c)
		}
	}
	tortureSummary(t, files, sums)
	verdict := "no finding"
	if t.Failed() {
		verdict = "FINDINGS, see above"
	}
	fmt.Printf("torture: %s, in %v on %d processors\n", verdict, time.Since(start).Round(time.Second), shares)
}

// tortureSummary prints what was done to each file, and the sum, and fails
// where something was left out.
func tortureSummary(t *testing.T, files []dumpFile, sums []tortured) {
	var all tortured
	var size, larger int64
	var bombs []string
	var most, slowest string
	for i, d := range files {
		c, dump := &sums[i], d.bytes(t)
		n := int64(len(dump))
		size += n
		if n > oneWay {
			larger++
		}
		note := ""
		walked := readTrace(bytes.NewReader(dump), parser.Options{WalkAll: true}, math.MaxInt64, nil)
		if isBomb(len(dump), &walked) {
			note = "  (walked at some places)"
			bombs = append(bombs, fmt.Sprintf("%s, %d bytes with %d of contents", d.path, n, walked.contents))
		}
		if c.memory > all.memory {
			most = d.path
		}
		if c.time > all.time {
			slowest = d.path
		}
		all.add(c)
		fmt.Printf("%v  %7d bytes  %s%s\n", c, n, d.path, note)
		places := int64(*tortureEvery)
		if c.cuts*places < n+1 || c.flips*places < int64(len(tortureMasks))*n || c.sworn > c.caught || c.ways != 6 {
			t.Errorf("%s: something was left out: %v", d.path, c)
		}
	}
	where := ""
	if *tortureEvery > 1 {
		where = fmt.Sprintf(" (ONE PLACE IN %d ONLY)", *tortureEvery)
	}
	fmt.Printf("torture: %d files, %d bytes, %d of them larger than 64 KiB, %d ways of reading\n", len(files), size, larger, all.ways)
	fmt.Printf("torture: %d cuts, at each offset%s; %d refused, the others behind the end of a dump\n", all.cuts, where, all.ended)
	fmt.Printf("torture: %d flips, each byte%s ^ % #x; %d refused, among them all %d that a checksum vouches for\n", all.flips, where, tortureMasks, all.caught, all.sworn)
	fmt.Printf("torture: flips are walked, of each byte of a file of more than %d bytes one, the other two by headers; files of more than %d bytes are cut the one way and the other in turn\n", oneWay, bothWays)
	for _, bomb := range bombs {
		fmt.Printf("torture: by headers at each cut and flip, walked at one place in %d: %s\n", bombPlaces, bomb)
	}
	fmt.Printf("torture: one reading allocates at most %.1f MiB (%s) and takes at most %v (%s)\n", float64(all.memory)/(1<<20), most, all.time.Round(time.Millisecond), slowest)
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
	out, err := os.Create(at[2])
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	idle := runtime.NumGoroutine()
	for n, d := range tortureFiles(t) {
		t.Run(d.path, func(t *testing.T) {
			x := newTorturer(t, d.bytes(t), true)
			x.share, x.shares = share, shares**tortureEvery
			x.run()
			c := &x.counts
			if _, err := fmt.Fprintf(out, tortureCounts, n, c.cuts, c.ended, c.flips, c.caught, c.sworn, c.ways, c.memory, int64(c.time)); err != nil {
				t.Fatal(err)
			}
		})
	}
	// A reading's goroutines end by themselves; what does not end hangs here.
	for range 1 << 20 {
		if runtime.NumGoroutine() <= idle {
			return
		}
		runtime.Gosched()
	}
	t.Errorf("%d goroutines, %d at the start", runtime.NumGoroutine(), idle)
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
			if mode == 4 {
				opts.Hooks = hooked(parser.Hooks{Key: func(*parser.Key) int { return 1 << 16 }})
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
