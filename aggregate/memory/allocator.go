package memory

import (
	"fmt"
	"math/bits"
	"strings"
)

// Allocator is a memory allocator as a server is built with it.
type Allocator uint8

const (
	Jemalloc       Allocator = iota // bundled with the server, quantum 8
	JemallocDebian                  // the distribution's, quantum 16
	Libc                            // glibc malloc
)

var allocatorNames = [...]string{"jemalloc", "jemalloc-debian", "libc"}

// String returns jemalloc, jemalloc-debian or libc.
func (a Allocator) String() string {
	if int(a) < len(allocatorNames) {
		return allocatorNames[a]
	}
	return fmt.Sprintf("allocator(%d)", uint8(a))
}

// ParseAllocator is the reverse of String.
func ParseAllocator(name string) (Allocator, error) {
	for i, n := range allocatorNames {
		if n == name {
			return Allocator(i), nil
		}
	}
	return 0, fmt.Errorf("unknown allocator %q (known: jemalloc, jemalloc-debian, libc)", name)
}

// classes maps a request to the usable size of the block that serves it, the
// figure zmalloc_size reports. Servers count blocks without a prefix wherever
// the allocator can tell that size (zmalloc.h, HAVE_MALLOC_SIZE).
type classes struct {
	quantum int64 // jemalloc: smallest spacing of classes; 0 stands for glibc
}

// allocatorClasses: deps/Makefile of every Redis and Valkey configures the
// bundled jemalloc with --with-lg-quantum=3; distributions keep the default 4.
var allocatorClasses = [...]classes{Jemalloc: {8}, JemallocDebian: {16}, Libc: {0}}

// of returns the bytes allocated for a request of n bytes.
func (c classes) of(n int64) int64 {
	if c.quantum == 0 {
		return glibcUsable(n)
	}
	return jemallocClass(n, c.quantum)
}

// jemallocClass: jemalloc 5.x sz.h sz_s2u_compute with SC_LG_TINY_MIN 3 and
// four classes to a doubling; multiples of the quantum up to four of them.
func jemallocClass(n, quantum int64) int64 {
	if n <= 8 {
		return 8
	}
	delta := quantum
	if n > 4*quantum {
		delta = max(quantum, 1<<(bits.Len64(uint64(n-1))-3))
	}
	return (n + delta - 1) &^ (delta - 1)
}

// glibcUsable: malloc.c request2size and malloc_usable_size; from
// M_MMAP_THRESHOLD (128 KiB) a block is a mapping of whole pages. Two things
// depend on the history of the heap and stay out: a remainder too small to be
// a chunk is handed out with its neighbour (+16 on about 0.2 % of blocks), and
// the threshold moves up once a mapped block is freed.
func glibcUsable(n int64) int64 {
	const (
		minChunk      = 32
		mmapThreshold = 128 << 10
		page          = 4096
	)
	chunk := max(minChunk, (max(n, 0)+8+15)&^15)
	if chunk < mmapThreshold {
		return chunk - 8
	}
	return (chunk+8+page-1)&^(page-1) - 16
}

// What the history of the heap does to the usable size of a block under glibc:
// 16 bytes on 0.2 % of them, which is this variance in bytes².
const (
	glibcSlack         = 16
	glibcSlackVariance = glibcSlack * glibcSlack * 0.002
)

// AllocatorOf returns the allocator that mem_allocator of INFO means on a server of the
// line. told is false where it may be either jemalloc: the versions that distributions
// link are the bundled ones, too, from 7.2 on.
func (s Server) AllocatorOf(memAllocator string) (a Allocator, told bool) {
	version, jemalloc := strings.CutPrefix(memAllocator, "jemalloc-")
	switch {
	case memAllocator == "libc":
		return Libc, true
	case jemalloc && version != "" && version != s.bundledJemalloc():
		return JemallocDebian, true // a system's library has the default quantum
	}
	return Jemalloc, false
}

// Usable returns the bytes that are allocated for a request of n bytes.
func (a Allocator) Usable(n int64) int64 { return allocatorClasses[a].of(n) }

// bundledJemalloc is the version in deps/jemalloc/VERSION of a line.
func (s Server) bundledJemalloc() string {
	switch s.name {
	case "redis-6.2":
		return "5.1.0"
	case "redis-7.0":
		return "5.2.1"
	}
	return "5.3.0"
}
