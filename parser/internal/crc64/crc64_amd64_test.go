//go:build !purego

package crc64

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// TestFactors computes every factor from the polynomial, a power at a time.
func TestFactors(t *testing.T) {
	power := func(n int) uint64 {
		p := uint64(1) << 63 // x^0
		for range n {
			p = timesX(p)
		}
		return p
	}
	for n, got := range map[int][2]uint64{16: over16, 64: over64, 128: over128, 512: over512} {
		if want := [2]uint64{power(64 + 8*n - 1), power(8*n - 1)}; got != want {
			t.Errorf("over %d bytes: %#x, want %#x", n, got, want)
		}
	}
	if got, want := Shift(1<<63, 512), power(8*512); got != want {
		t.Errorf("Shift: %#x, want %#x", got, want)
	}
}

// TestChoice holds the choice against what the kernel of Linux says of the
// processor: it drops what it does not save.
func TestChoice(t *testing.T) {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		t.Skip("needs Linux: ", err)
	}
	_, line, _ := strings.Cut(string(info), "\nflags")
	line, _, _ = strings.Cut(line, "\n")
	flags := strings.Fields(line)
	want := []kernel{portable}
	if slices.Contains(flags, "pclmulqdq") {
		want = append(want, pclmul)
		if slices.Contains(flags, "avx512f") && slices.Contains(flags, "vpclmulqdq") {
			want = append(want, avx512)
		}
	}
	if !slices.Equal(kernels, want) {
		t.Errorf("kernels %v, the processor's flags ask for %v", kernels, want)
	}
}
