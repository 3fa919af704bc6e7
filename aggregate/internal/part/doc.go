// Package part writes a summary to a file and reads it back, on another day or
// another machine, for merging. docs/parts.md describes the format.
//
// What is read is checked against what an analysis could have made before anything
// is computed from it: a part is input like any dump.
package part
