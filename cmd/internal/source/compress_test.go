package source

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/ulikunitz/xz"
)

func compressed(t testing.TB, text string, open func(io.Writer) (io.WriteCloser, error)) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := open(&b)
	if err == nil {
		if _, err = io.WriteString(w, text); err == nil {
			err = w.Close()
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipped(text string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, text) // a bytes.Buffer takes everything
	_ = w.Close()
	return b.Bytes()
}

// bzip2Empty is what bzip2 makes of nothing.
const bzip2Empty = "BZh9\x17rE8P\x90\x00\x00\x00\x00"

// compressors compress in every way that is understood.
var compressors = []struct {
	name string
	pack func(t testing.TB, text string) []byte
}{
	{"gzip", func(_ testing.TB, text string) []byte { return gzipped(text) }},
	{"zstd", func(t testing.TB, text string) []byte {
		return compressed(t, text, func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) })
	}},
	{"lz4", func(t testing.TB, text string) []byte {
		return compressed(t, text, func(w io.Writer) (io.WriteCloser, error) { return lz4.NewWriter(w), nil })
	}},
	{"xz", func(t testing.TB, text string) []byte {
		return compressed(t, text, func(w io.Writer) (io.WriteCloser, error) { return xz.NewWriter(w) })
	}},
	{"bzip2", func(t testing.TB, text string) []byte {
		path, err := exec.LookPath("bzip2")
		if err != nil {
			t.Skip("the standard library cannot write bzip2 and there is no bzip2 program")
		}
		cmd := exec.Command(path, "-c")
		cmd.Stdin = strings.NewReader(text)
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}},
}

// mixedText is a dump-like text, partly random so that it does not vanish.
func mixedText(n int) string {
	r := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	b.WriteString(dump)
	for b.Len() < n {
		for range 32 {
			b.WriteByte(byte(r.Uint32()))
		}
		b.WriteString("some bytes that compress well enough")
	}
	return b.String()[:n]
}

func unpack(r io.Reader) ([]byte, error) {
	d, err := decompress(r)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return io.ReadAll(d)
}

func TestDecompress(t *testing.T) {
	text := mixedText(700_000)
	for _, p := range compressors {
		t.Run(p.name, func(t *testing.T) {
			whole, tail := p.pack(t, text), p.pack(t, "and a second stream")
			if got := detect(whole).String(); got != p.name {
				t.Errorf("detected as %q", got)
			}
			for name, in := range map[string]io.Reader{
				"whole":        bytes.NewReader(whole),
				"byte by byte": iotest.OneByteReader(bytes.NewReader(whole)),
			} {
				if got, err := unpack(in); err != nil || string(got) != text {
					t.Errorf("%s: %d bytes, %v; want %d", name, len(got), err, len(text))
				}
			}
			two := append(bytes.Clone(whole), tail...)
			if got, err := unpack(bytes.NewReader(two)); err != nil || string(got) != text+"and a second stream" {
				t.Errorf("concatenated: %d bytes, %v; want %d", len(got), err, len(text)+len("and a second stream"))
			}
			if got, err := unpack(bytes.NewReader(p.pack(t, ""))); err != nil || len(got) != 0 {
				t.Errorf("empty: %q, %v", got, err)
			}
		})
	}
}

// TestDamagedCompression: whatever is cut or flipped is an error or the very
// bytes, never a panic and never other bytes taken for good.
func TestDamagedCompression(t *testing.T) {
	text := mixedText(200) // short: some decompressors allocate megabytes each time
	step := 1
	if testing.Short() {
		step = 7
	}
	for _, p := range compressors {
		t.Run(p.name, func(t *testing.T) {
			whole := p.pack(t, text)
			for cut := 1; cut < len(whole); cut += step {
				if detect(whole[:cut]) == plain {
					continue // too short to tell: read as it is
				}
				got, err := unpack(bytes.NewReader(whole[:cut]))
				if !strings.HasPrefix(text, string(got)) {
					t.Fatalf("cut at %d of %d: other bytes", cut, len(whole))
				}
				var ce *CorruptError
				if !errors.As(err, &ce) || ce.Format != p.name || ce.Offset > int64(cut) {
					t.Fatalf("cut at %d of %d: error %#v, want a CorruptError", cut, len(whole), err)
				}
			}
			for at := 0; at < len(whole); at += 2 * step { // each time costs megabytes
				bad := bytes.Clone(whole)
				bad[at] ^= 0x55
				if detect(bad).String() != p.name {
					continue
				}
				_, err := unpack(bytes.NewReader(bad))
				var ce *CorruptError
				if err != nil && !errors.As(err, &ce) {
					t.Fatalf("byte %d flipped: error %#v, want a CorruptError", at, err)
				}
			}
		})
	}
}

func TestSourceErrorIsNotCorruption(t *testing.T) {
	broken := errors.New("disk on fire")
	for _, p := range compressors {
		t.Run(p.name, func(t *testing.T) {
			whole := p.pack(t, mixedText(600_000))
			_, err := unpack(io.MultiReader(bytes.NewReader(whole[:len(whole)/2]), iotest.ErrReader(broken)))
			var ce *CorruptError
			if !errors.Is(err, broken) || errors.As(err, &ce) {
				t.Errorf("error %v, want %v", err, broken)
			}
		})
	}
}

func TestGzipPadding(t *testing.T) {
	whole := gzipped(dump)
	got, err := unpack(bytes.NewReader(append(bytes.Clone(whole), make([]byte, 1000)...)))
	if err != nil || string(got) != dump {
		t.Errorf("zeros after the last member: %q, %v", got, err)
	}
	for _, tail := range []string{"garbage", "\x00\x00x"} {
		got, err := unpack(bytes.NewReader(append(bytes.Clone(whole), tail...)))
		if err == nil || string(got) != dump {
			t.Errorf("%q after the last member: %q, %v; want the dump and an error", tail, got, err)
		}
	}
}

func TestSkippableFrames(t *testing.T) {
	skip := "\x50\x2a\x4d\x18\x05\x00\x00\x00hello"
	for _, p := range compressors {
		if p.name != "zstd" && p.name != "lz4" {
			continue
		}
		in := append([]byte(skip), p.pack(t, dump)...)
		if got := detect(in).String(); got != p.name {
			t.Errorf("%s: detected as %q", p.name, got)
		}
		if got, err := unpack(bytes.NewReader(in)); err != nil || string(got) != dump {
			t.Errorf("%s: %q, %v", p.name, got, err)
		}
	}
}

// TestHugeWindows: a header that asks for gigabytes of history is refused.
func TestHugeWindows(t *testing.T) {
	// A zstd frame header without a single segment: window descriptor 2 GiB.
	z := "\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00"
	if _, err := unpack(strings.NewReader(z)); err == nil || !strings.Contains(err.Error(), "128 MiB") {
		t.Errorf("zstd: %v, want a refusal that names the limit", err)
	}
	// An xz file of several blocks; a later one asks for more.
	whole := compressed(t, mixedText(5000), func(w io.Writer) (io.WriteCloser, error) {
		return xz.WriterConfig{DictCap: 1 << 16, BlockSize: 1000}.NewWriter(w)
	})
	if got, err := unpack(bytes.NewReader(whole)); err != nil || len(got) != 5000 {
		t.Fatalf("xz with small dictionaries: %d bytes, %v", len(got), err)
	}
	var blocks []int // offsets of the block headers
	for at := 12; at+4 < len(whole); at += 4 {
		size := (int(whole[at]) + 1) * 4
		if whole[at] != 0 && at+size <= len(whole) &&
			crc32.ChecksumIEEE(whole[at:at+size-4]) == binary.LittleEndian.Uint32(whole[at+size-4:]) {
			blocks = append(blocks, at)
		}
	}
	if len(blocks) != 5 {
		t.Fatalf("block headers at %v, want five", blocks)
	}
	for i, at := range blocks {
		size := (int(whole[at]) + 1) * 4
		for _, bits := range []byte{33, 39, 40} { // 192 MiB, 3 GiB, 4 GiB
			bad := bytes.Clone(whole)
			filter := at + bytes.Index(bad[at:at+size], []byte{0x21, 0x01})
			bad[filter+2] = bits
			binary.LittleEndian.PutUint32(bad[at+size-4:], crc32.ChecksumIEEE(bad[at:at+size-4]))
			if got, err := unpack(bytes.NewReader(bad)); err == nil || !strings.Contains(err.Error(), "128 MiB") || len(got) != i*1000 {
				t.Errorf("xz, block %d with dictionary property %d: %d bytes, %v; want a refusal that names the limit", i, bits, len(got), err)
			}
		}
	}
}

func TestDetectPlain(t *testing.T) {
	for _, head := range []string{"", "R", dump, "BZh9 is how a sentence may begin", "\x1f\x8b\x00\x00", "\xfd7zXY\x00", "BZh91AY&S"} {
		if f := detect([]byte(head)); f != plain {
			t.Errorf("detect(%q) = %v, want none", head, f)
		}
	}
	if f := detect([]byte(bzip2Empty)); f != formatBzip2 {
		t.Errorf("detect(empty bzip2) = %v", f)
	}
}

func TestLooksLikeDump(t *testing.T) {
	for head, want := range map[string]bool{
		"REDIS0011\xfa": true, "VALKEY080\xff": true, "REDIS00": false, "REDIS is": false, "VALKEY is": false, "": false,
		"\n\n\nREDIS0009": true, "$EOF:0123456789012345678901234567890123456789\r\nREDIS0011": true,
		"+FULLRESYNC aaaa 1\r\n\n\n$12\r\nREDIS0010": true, "$12": false, "*1\r\n$4\r\nPING\r\n": false, "+OK\r\n": false,
	} {
		if got := looksLikeDump([]byte(head)); got != want {
			t.Errorf("looksLikeDump(%q) = %v", head, got)
		}
	}
}
