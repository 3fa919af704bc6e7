package main

import "syscall"

const hugePages = true

// adviseHugePages asks for pages of 2 MiB within b. A kernel that has none, or is
// told not to, maps it as always.
func adviseHugePages(b []byte) { _ = syscall.Madvise(b, syscall.MADV_HUGEPAGE) }
