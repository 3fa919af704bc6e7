//go:build !purego

package parser

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// TestCRCFactors computes every factor from the polynomial, a power at a time.
func TestCRCFactors(t *testing.T) {
	power := func(n int) uint64 {
		p := uint64(1) << 63 // x^0
		for range n {
			p = timesX(p)
		}
		return p
	}
	for n, got := range map[int][2]uint64{16: crcOver16, 64: crcOver64, 128: crcOver128, 512: crcOver512} {
		if want := [2]uint64{power(64 + 8*n - 1), power(8*n - 1)}; got != want {
			t.Errorf("over %d bytes: %#x, want %#x", n, got, want)
		}
	}
	if got, want := crcShift(1<<63, 512), power(8*512); got != want {
		t.Errorf("crcShift: %#x, want %#x", got, want)
	}
}

// TestCRCChoice holds the choice against what the kernel of Linux says of the
// processor: it drops what it does not save.
func TestCRCChoice(t *testing.T) {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		t.Skip("needs Linux: ", err)
	}
	_, line, _ := strings.Cut(string(info), "\nflags")
	line, _, _ = strings.Cut(line, "\n")
	flags := strings.Fields(line)
	want := []crcKernel{crcPortable}
	if slices.Contains(flags, "pclmulqdq") {
		want = append(want, crcPCLMUL)
		if slices.Contains(flags, "avx512f") && slices.Contains(flags, "vpclmulqdq") {
			want = append(want, crcAVX512)
		}
	}
	if !slices.Equal(crcKernels, want) {
		t.Errorf("kernels %v, the processor's flags ask for %v", crcKernels, want)
	}
}
