// Package statetest makes states and summaries for tests of the packages above
// state: from synthetic keys that touch every counter, and from small dumps.
package statetest
