// Package counters is what keys of one kind add up to: an Observation is one key as
// the collector sees it, Stats what the keys of one pattern and type are together, with
// what few patterns have in structs of their own. Figures of Stats merge over any
// partition of keys, are taken from one another (Take) and estimated from sampled keys
// (Sampled) by one table, in figures.go.
//
// It knows neither names of patterns nor where the counters hang: that is package
// state, which keeps them in a trie. Stats.Add runs for each key and allocates nothing
// once a pattern is known.
package counters
