// Package state is what an analysis has counted, in a form that merges: plain
// data with exported fields, integers only, lists in a canonical order, nothing
// from the wall clock. Two states of the same keys are deeply equal, however the
// keys were divided and in whatever order the pieces were merged (the merge law,
// docs/architecture.md).
//
// What keys of one pattern add up to is package counters, a layer below. Package collect
// fills a state, package part writes and reads it, package view
// makes figures for people of it.
package state
