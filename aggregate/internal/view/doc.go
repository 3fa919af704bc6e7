// Package view computes what people are shown from a state and the rows that package
// naming makes of its trie: the report with its patterns, expiry and slots, the facts
// that advice is given from, and scenarios of other settings and servers.
//
// It changes no state and formats nothing. Ratios are made here, by integer
// arithmetic, and nowhere below.
package view
