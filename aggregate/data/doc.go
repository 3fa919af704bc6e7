// Package data declares what callers of an analysis say and get: Config, Filters
// and Input on one side, Report, Diff, WhatIf and Row on the other.
//
// It is plain data with JSON names, below the packages that compute it, so that
// these and their callers speak of the same types. Package aggregate has every
// name of it, too: a caller imports that one.
package data
