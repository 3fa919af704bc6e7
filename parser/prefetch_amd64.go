//go:build !purego

package parser

// A record that is written again was last read by another processor, whose copy
// must be given up first. That may take longer than all else that is done for
// the record, and what is written waits in line: so it is asked for some records
// ahead. The instruction (PREFETCHW) does nothing on processors that lack it.

// prefetchKeys asks for the first two cache lines of n keys, at least one.
//
//go:noescape
func prefetchKeys(first *Key, n int)

// prefetchElements asks for a number of cache lines, at least one.
//
//go:noescape
func prefetchElements(first *Element, lines int)

// prefetchNames asks for the beginnings and ends of the names of n keys, at least one.
//
//go:noescape
func prefetchNames(first *Key, n int)
