// Package keytest makes names of keys for tests: naming schemes as applications
// use them, hostile ones, and names put together from whatever is cut in some
// special way. It imports no package that it is meant to test.
package keytest
