// Package naming turns the trie of a summary into rows with the names that all its keys
// together tell: ids of one kind are one class, free text is {slug}, heavy words behind
// {*} are named from the sample of keys, and alike patterns that are too small to be
// shown each are folded into one.
//
// A View is the trie of one summary, a Union that of two. Names are a pure function of
// the set of keys: the parts of a dump, merged, have those of the whole. What rows tell
// beside their names and sums is package view's.
package naming
