// Package collect reads a dump and counts its keys: Analyze runs the parser, has
// each key sized by the memory model, and adds it to a state. Samples of keys and
// values are taken on the way, on the scanner's goroutine where the name and the
// value are at hand; everything else happens on the caller's.
package collect
