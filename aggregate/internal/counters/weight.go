package counters

import "unsafe"

// Bytes that parts of Stats take in memory: a page of a histogram, and what few
// patterns have.
const (
	PageWeight = 16 * 8
	UseWeight  = int(unsafe.Sizeof(AccessStats{}))
	RareWeight = int(unsafe.Sizeof(rareStats{}))
)
