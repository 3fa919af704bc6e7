//go:build !amd64 || purego

package parser

// crcKernels are the kernels this machine can run, slowest first.
var crcKernels = []crcKernel{crcPortable}

// fold returns the checksum after as much of p as k folds, and the rest.
func (k crcKernel) fold(crc uint64, p []byte) (uint64, []byte) { return crc, p }
