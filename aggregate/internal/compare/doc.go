// Package compare puts the states of two and more snapshots side by side: what came,
// went, grew and shrank between two, how each pattern went over many, and what that
// leads to.
//
// It changes no state and formats nothing.
package compare
