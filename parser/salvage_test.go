package parser_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

var salvage = parser.Options{Salvage: true}

// TestSalvageSound reads sound dumps the same with and without salvage.
func TestSalvageSound(t *testing.T) {
	for name, dump := range testDumps() {
		for _, walk := range []bool{false, true} {
			want := readBytes(t, dump, parser.Options{WalkAll: walk})
			got := readBytes(t, dump, parser.Options{WalkAll: walk, Salvage: true})
			compareKeys(t, name, want.Keys, got.Keys)
			if got.Err != nil || got.Info.DamageCount != 0 || got.Info.Skipped != 0 || len(got.Info.Damage) != 0 {
				t.Errorf("%s: %v, %d damages, %d bytes skipped", name, got.Err, got.Info.DamageCount, got.Info.Skipped)
			}
			if got.Info.Checksum != want.Info.Checksum || got.Info.End != want.Info.End {
				t.Errorf("%s: checksum %v, end %d; want %v, %d", name, got.Info.Checksum, got.Info.End, want.Info.Checksum, want.Info.End)
			}
		}
	}
}

// TestSalvageRecord destroys the value of one record after the other: all
// others are delivered as without damage, and the damage is described.
func TestSalvageRecord(t *testing.T) {
	dump := mixedDump(64)
	whole := readBytes(t, dump, parser.Options{})
	if whole.Err != nil {
		t.Fatal(whole.Err)
	}
	for i := range whole.Keys {
		k := &whole.Keys[i].key
		damaged := bytes.Clone(dump)
		// A reserved length byte where the name was.
		at := bytes.Index(dump[k.Offset:k.Offset+k.Size], k.Name)
		if at < 0 {
			continue // stored as an integer
		}
		damaged[int(k.Offset)+at-1] = 0xbf
		got := readBytes(t, damaged, salvage)
		if !errors.Is(got.Err, parser.ErrCorrupt) {
			t.Errorf("key %d: %v", i, got.Err)
		}
		others := append(append([]record(nil), whole.Keys[:i]...), whole.Keys[i+1:]...)
		// What is left of a collection may look like a key, an element's last
		// byte being a type.
		kept := slices.DeleteFunc(got.Keys, func(r record) bool { return r.key.Offset > k.Offset && r.key.Offset < k.Offset+k.Size })
		compareKeys(t, fmt.Sprintf("without key %d %q", i, k.Name), others, kept)
		in := &got.Info
		if in.DamageCount != 1 || len(in.Damage) != 1 {
			t.Fatalf("key %d: %d damages: %+v", i, in.DamageCount, in.Damage)
		}
		d := in.Damage[0]
		if d.From != k.Offset || d.Resumed > k.Offset+k.Size || in.Skipped != d.Resumed-d.From {
			t.Errorf("key %d at %d+%d: passed over %d-%d, %d bytes", i, k.Offset, k.Size, d.From, d.Resumed, in.Skipped)
		}
		if d.Err == nil || d.Err.Error() != got.Err.Error() {
			t.Errorf("key %d: damage %v, the error is %v", i, d.Err, got.Err)
		}
		if in.Checksum == parser.ChecksumOK || in.Checksum == parser.ChecksumMismatch {
			t.Errorf("key %d: checksum %v", i, in.Checksum)
		}
	}
}

// TestSalvageHoles puts holes of several kinds between good keys: those before
// and behind are delivered, nothing is made up.
func TestSalvageHoles(t *testing.T) {
	hole := 64 << 10 / stride(8)
	noise := make([]byte, hole)
	r := rand.New(rand.NewPCG(7, 7))
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	holes := map[string][]byte{
		"zeros":      make([]byte, hole),
		"ones":       bytes.Repeat([]byte{0xff}, hole),
		"noise":      noise,
		"text":       []byte(strings.Repeat("lorem ipsum dolor sit amet\n", hole/27)),
		"claims":     bytes.Repeat([]byte{1, 1, '!', 0x80, 0xff, 0xff, 0xff, 0xff}, hole/8),
		"lzf claims": bytes.Repeat([]byte{0, 1, '!', 0xc3, 0x80, 0, 1, 0, 0, 0x80, 5, 0, 0, 0, 0, 'a', 0xe0, 0xff, 0}, hole/19),
		"short":      {0x8f},
	}
	for name, filler := range holes {
		t.Run(name, func(t *testing.T) {
			w := rdbtest.Redis(11).SelectDB(3)
			for i := range 10 {
				w.Put(fmt.Sprintf("before:%d", i), rdbtest.String(plain("v")))
			}
			from := w.Offset()
			w.Raw(0x8f).Raw(filler...)
			resumed := w.Offset()
			for i := range 10 {
				w.Put(fmt.Sprintf("after:%d", i), rdbtest.String(plain("w")))
			}
			dump := w.EOF().Bytes()
			var got *reading
			if n := allocated(func() { got = readBytes(t, dump, salvage) }); n > 3*readMemory {
				t.Errorf("%d bytes allocated", n)
			}
			if got.Err == nil || got.errorOffset() != from {
				t.Errorf("%v, want an error at %d", got.Err, from)
			}
			var before, after, others int
			for i := range got.Keys {
				switch k := &got.Keys[i].key; {
				case strings.HasPrefix(string(k.Name), "before:") && k.DB == 3:
					before++
				case strings.HasPrefix(string(k.Name), "after:") && k.DB == 3 && k.Offset >= resumed:
					after++
				default:
					others++
				}
			}
			if before != 10 || after < 9 || others > 0 {
				t.Errorf("%d keys before, %d behind, %d made up", before, after, others)
			}
			if got.Info.Skipped < int64(len(filler)) || got.Info.Skipped > int64(len(filler))+100 {
				t.Errorf("%d bytes skipped, the hole has %d", got.Info.Skipped, len(filler)+1)
			}
		})
	}
}

// TestSalvageLongHoles passes over holes of several buffers at different
// places of the source.
func TestSalvageLongHoles(t *testing.T) {
	big := rdbtest.String(rdbtest.Plain(make([]byte, 200_000)))
	sizes := []int{100_000, 256 << 10, 700_000, 3 << 20}
	if testing.Short() || raceEnabled {
		sizes = sizes[:3]
	}
	for _, size := range sizes {
		for _, filler := range []byte{0, 0xff, 0x41} {
			for _, lead := range []int{0, 1, 5} {
				w := rdbtest.Redis(11).SelectDB(1)
				for i := range lead {
					w.Put(fmt.Sprintf("lead:%d", i), big)
				}
				w.Raw(0x8f).Raw(bytes.Repeat([]byte{filler}, size)...)
				resumed := w.Offset()
				var names []string
				for i := range 300 {
					name := fmt.Sprintf("after:%d:%s", i, strings.Repeat("n", i%7))
					names = append(names, name)
					if i == 150 {
						w.Put(name, big)
					} else {
						w.ExpireMs(1700000000000).Put(name, rdbtest.String(plain("v")))
					}
				}
				dump := w.EOF().Bytes()
				got := readBytes(t, dump, salvage)
				if len(got.Keys) != lead+len(names) {
					t.Fatalf("%d bytes of %#x behind %d keys: %d keys, want %d", size, filler, lead, len(got.Keys), lead+len(names))
				}
				for i, name := range names {
					k := &got.Keys[lead+i].key
					if string(k.Name) != name || k.DB != 1 || i > 0 && i != 150 && k.Expiry != 1700000000000 {
						t.Fatalf("%d bytes of %#x: key %d: %s", size, filler, i, got.Keys[lead+i].Head)
					}
					if rec := dump[k.Offset : k.Offset+k.Size]; !bytes.Contains(rec, []byte(name)) {
						t.Fatalf("%d bytes of %#x: the record of key %d is elsewhere than at %d", size, filler, i, k.Offset)
					}
				}
				if d := got.Info.Damage; len(d) != 1 || d[0].Resumed != resumed {
					t.Errorf("%d bytes of %#x: %+v, want to go on at %d", size, filler, d, resumed)
				}
				if got.Info.End != int64(len(dump)) {
					t.Errorf("the end is at %d of %d bytes", got.Info.End, len(dump))
				}
			}
		}
	}
}

// TestSalvageFlipped damages single bytes of a dump: no key that was readable
// before is lost to salvage, and offsets stay in order.
func TestSalvageFlipped(t *testing.T) {
	dump := mixedDump(48)
	for i := 9; i < len(dump); i += 2 * stride(7) {
		damaged := bytes.Clone(dump)
		damaged[i] ^= 0x80
		without, with := readBytes(t, damaged, parser.Options{}), readBytes(t, damaged, salvage)
		if (without.Err == nil) != (with.Err == nil) && !errors.Is(without.Err, parser.ErrChecksum) {
			t.Errorf("byte %d: %v, with salvage %v", i, without.Err, with.Err)
		}
		if len(with.Keys) < len(without.Keys) {
			t.Fatalf("byte %d: %d keys, with salvage %d", i, len(without.Keys), len(with.Keys))
		}
		compareKeys(t, fmt.Sprintf("byte %d", i), without.Keys, with.Keys[:len(without.Keys)])
		if t.Failed() {
			return
		}
	}
}

// TestSalvageTruncated has nothing to go on with behind the end.
func TestSalvageTruncated(t *testing.T) {
	dump := mixedDump(200)
	whole := readBytes(t, dump, parser.Options{})
	for _, n := range []int{10, 100, len(dump) / 2, len(dump) - 9, len(dump) - 3} {
		got := readBytes(t, dump[:n], salvage)
		if !errors.Is(got.Err, parser.ErrTruncated) || got.errorOffset() != int64(n) {
			t.Errorf("%d bytes: %v", n, got.Err)
		}
		keys := 0
		for keys < len(whole.Keys) && whole.Keys[keys].key.Offset+whole.Keys[keys].key.Size <= int64(n) {
			keys++
		}
		if len(got.Keys) < keys {
			t.Errorf("%d bytes: %d keys, want %d", n, len(got.Keys), keys)
			continue
		}
		compareKeys(t, fmt.Sprintf("%d bytes", n), whole.Keys[:keys], got.Keys[:keys])
	}
}

// FuzzSalvage reads anything with salvage: it ends, in bounded memory, with
// keys in order inside the source.
func FuzzSalvage(f *testing.F) {
	dump := mixedDump(32)
	f.Add(dump, uint16(100), byte(0xff))
	f.Add(zoo().EOF().Bytes(), uint16(900), byte(0x80))
	f.Add(valkeyZoo().EOF().Bytes(), uint16(60), byte(1))
	f.Add(rdbtest.Redis(11).Raw(0x8f).Raw(make([]byte, 300)...).Raw(dump[30:]...).Bytes(), uint16(0), byte(0))
	f.Fuzz(func(t *testing.T, source []byte, at uint16, mask byte) {
		if len(source) > 1<<15 {
			return
		}
		source = bytes.Clone(source)
		if int(at) < len(source) {
			source[at] ^= mask
		}
		var keys int64
		if n := allocated(func() { keys, _ = drain(bytes.NewReader(source), salvage) }); n > 8*readMemory {
			t.Errorf("%d bytes allocated for %d", n, len(source))
		}
		without, _ := drain(bytes.NewReader(source), parser.Options{})
		if keys < without {
			t.Errorf("%d keys, without salvage %d", keys, without)
		}
		r := parser.NewReader(bytes.NewReader(source), salvage)
		end := int64(0)
		for k := range r.Keys() {
			if k.Offset < end || k.Size < 0 || k.Offset+k.Size > int64(len(source)) {
				t.Fatalf("a key at %d+%d behind %d, in %d bytes", k.Offset, k.Size, end, len(source))
			}
			if !k.Is(parser.More) {
				end = k.Offset + k.Size
			}
		}
		if in := r.Info(); in.Skipped < 0 || in.Skipped > int64(len(source)) || in.DamageCount < int64(len(in.Damage)) || in.DamageCount > 0 && r.Err() == nil {
			t.Errorf("%d damages, %d bytes skipped of %d, %v", in.DamageCount, in.Skipped, len(source), r.Err())
		}
	})
}

// TestSalvageTemplates damages a dump in front of hash templates: what a
// candidate defined while it was judged is not defined twice when it is read.
func TestSalvageTemplates(t *testing.T) {
	w := rdbtest.Redis(15).HashTemplate(1, "a", "b").SelectDB(0)
	for i := range 5 {
		w.Put(fmt.Sprintf("first:%d", i), rdbtest.String(plain("x")))
	}
	w.Raw(250, 0xff, 0xff, 0xff, 0xff) // MODULE_AUX of nothing
	w.Put("second:0", rdbtest.String(plain("x")))
	w.HashTemplate(2, "c", "d")
	for i := range 5 {
		w.Put(fmt.Sprintf("third:%d", i), rdbtest.String(plain("x")))
	}
	got := readBytes(t, w.EOF().Bytes(), salvage)
	if len(got.Keys) != 11 || got.Info.DamageCount != 1 {
		t.Errorf("%d keys, %d damages, %+v", len(got.Keys), got.Info.DamageCount, got.Info.Damage)
	}
}

// TestSalvageCrafted searches bytes that look like the beginning of a record
// everywhere: to judge and read each of them to its end would take minutes.
func TestSalvageCrafted(t *testing.T) {
	for _, piece := range [][]byte{{1, 1, 'a', 0x41, 0x00}, {4, 1, 'a', 0x80, 0, 1, 0, 0}} {
		source := rdbtest.Redis(11).Raw(0x8f).Raw(bytes.Repeat(piece, 1<<20/len(piece))...).Bytes()
		r := parser.NewReader(bytes.NewReader(source), salvage)
		for range r.Keys() {
		}
		in := r.Info()
		if last := in.Damage[len(in.Damage)-1]; !errors.Is(r.Err(), parser.ErrUnknownType) || last.Resumed != -1 || in.DamageCount > 1000 || in.Keys != 0 {
			t.Errorf("%v, %d keys, %d damages, the last %+v", r.Err(), in.Keys, in.DamageCount, last)
		}
	}
}
