package keyname

import (
	"math"
	"testing"
)

// TestEndings: numbers are compared by how large they are and no closer, identifiers as
// a whole, and what else ends a name is none.
func TestEndings(t *testing.T) {
	split := NewSplitter(":", 0)
	of := func(name string) Ending {
		edges := split.Split([]byte(name))
		return EndingOf([]byte(name), &edges[len(edges)-1])
	}
	for _, name := range []string{"word", "a:b", "-17", "a:1.5", "", "0123456789abc", "123456789012345678901234567890"} {
		if e := of(name); e != 0 && !e.IsID() {
			t.Errorf("%q ends in the number %x", name, e)
		}
	}
	for _, pair := range [][2]string{{"17", "job:17"}, {"3", "x:9"}, {"00042", "42"}, {"1000000", "1000001"}} {
		if a, b := of(pair[0]), of(pair[1]); a != b || !a.IsNumber() {
			t.Errorf("%q %x, %q %x", pair[0], a, pair[1], b)
		}
	}
	uuid := "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"
	if a, b := of(uuid), of("job:"+uuid); a != b || !a.IsID() || a.IsNumber() || a.Magnitude() != 0 {
		t.Errorf("%x and %x", a, b)
	}
	other := of("1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bee")
	if a := of(uuid); a == other || a.Shape() != other.Shape() {
		t.Errorf("%x and %x", a, other)
	}
	last := 0
	for v := uint64(1); ; v = v*9/8 + 1 {
		e := EndingOfNumber(v)
		if m := e.Magnitude(); m < last || m >= NumMagnitudes || !e.IsNumber() {
			t.Fatalf("%d has magnitude %d, a smaller one %d", v, m, last)
		} else {
			last = m
		}
		if v > math.MaxUint64/9 {
			break
		}
	}
	if m := EndingOfNumber(math.MaxUint64).Magnitude(); m >= NumMagnitudes {
		t.Errorf("the largest has magnitude %d", m)
	}
	if m := (Ending(math.MaxUint64&^0xff) | Ending(ClassInt)).Magnitude(); m != 0 {
		t.Errorf("a part may say anything: %d", m)
	}
}

// TestEncodedLength: base64url of as many bits.
func TestEncodedLength(t *testing.T) {
	split := NewSplitter(":", 0)
	for name, want := range map[string]int64{
		"1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed":     22,
		"01J8ZQ4X5T6V7W8Y9Z0ABCDEFG":               22,
		"9f86d081884c7d659a2feaa0c55ad015":         22,
		"9f86d081884c7d659a2feaa0":                 16,
		"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b": 27,
		"dGhpcyBpcyBub3QgYSBzZWNyZXQ_":             0,
		"profile":                                  0,
	} {
		edges := split.Split([]byte(name))
		if got := EncodedLength(&edges[0]); got != want {
			t.Errorf("%s: %d bytes, want %d", name, got, want)
		}
	}
}
