// Package data declares what callers of an analysis say and get: Config, Filters
// and Input on one side, Report, Diff, WhatIf and Row on the other.
//
// It is plain data, below the packages that compute it, so that these and their
// callers speak of the same types. Package aggregate has every name of it, too: a
// caller imports that one.
//
// json tags are the names in documents, part tags those in a part (docs/parts.md):
// neither changes with the name of a field.
package data
