//go:build !purego

package crc64

// The checksum on amd64: carry-less multiplication folds the input, 128 bits at
// a time and several streams at once, into 128 bits that have the same
// remainder.
//
// In the reflected order the lowest bit of the first byte stands for the
// highest power: bits first, second of 64 each are first·x^64 + second, and n
// bytes further on first·x^(64+8n) + second·x^8n. Instead of shifting, each
// half is multiplied by its power modulo the polynomial, and what comes out, of
// less than 128 bits, is added to the 128 bits that stand there. The product of
// two reflected words comes out one bit too low, that is times x, so the powers
// are one less.

// The factors that carry 128 bits over 16, 64, 128 and 512 bytes: x^(64+8n-1)
// and x^(8n-1) modulo the polynomial, reflected.
var (
	over16  = [2]uint64{0xd9d7be7d505da32c, 0x381d0015c96f4444}
	over64  = [2]uint64{0xaf86efb16d9ab4fb, 0xf49784a634f014e4}
	over128 = [2]uint64{0xcc26fa7c57f8054c, 0x768361524d29ed0b}
	over512 = [2]uint64{0x5f76ba258de12275, 0x517c365ad57671f6}
)

// The kernels add crc to the first 8 bytes of p and fold whole blocks of 16
// bytes; the up to 15 bytes behind are left. The shortest p:
const (
	pclmulMin = 128
	avx512Min = 512
)

// foldPCLMUL folds eight streams of 128 bits. It needs PCLMULQDQ.
//
//go:noescape
func foldPCLMUL(crc uint64, p []byte) (first, second uint64)

// foldAVX512 folds eight streams of 512 bits. It needs AVX-512F, VPCLMULQDQ
// and PCLMULQDQ.
//
//go:noescape
func foldAVX512(crc uint64, p []byte) (first, second uint64)

func cpuid(leaf, subleaf uint32) (eax, ebx, ecx, edx uint32)

// xgetbv reads which registers the operating system saves. It needs OSXSAVE.
func xgetbv() (eax, edx uint32)

// kernels are the kernels this machine can run, slowest first.
var kernels = func() []kernel {
	const (
		pclmulqdq  = 1 << 1  // leaf 1, ecx
		osxsave    = 1 << 27 // leaf 1, ecx
		avx512f    = 1 << 16 // leaf 7, ebx
		vpclmulqdq = 1 << 10 // leaf 7, ecx
		zmmState   = 0xe6    // XCR0: XMM, YMM, opmask, both kinds of ZMM
	)
	kernels := []kernel{portable}
	leaves, _, _, _ := cpuid(0, 0)
	_, _, ecx1, _ := cpuid(1, 0)
	if ecx1&pclmulqdq == 0 {
		return kernels
	}
	kernels = append(kernels, pclmul)
	if leaves < 7 || ecx1&osxsave == 0 {
		return kernels
	}
	_, ebx7, ecx7, _ := cpuid(7, 0)
	state, _ := xgetbv()
	if ebx7&avx512f == 0 || ecx7&vpclmulqdq == 0 || state&zmmState != zmmState {
		return kernels
	}
	return append(kernels, avx512)
}()

// fold returns the checksum after as much of p as k folds, and the rest.
func (k kernel) fold(crc uint64, p []byte) (uint64, []byte) {
	var first, second uint64
	switch {
	case k == avx512 && len(p) >= avx512Min:
		first, second = foldAVX512(crc, p)
	case k != portable && len(p) >= pclmulMin:
		first, second = foldPCLMUL(crc, p)
	default:
		return crc, p
	}
	// The 128 bits that are left are a message of their own.
	return addWord(addWord(0, first), second), p[len(p)&^15:]
}
