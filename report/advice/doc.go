// Package advice turns the report of a dump into suggestions whose savings are
// computed, not guessed.
//
// A rule is a row of data (identifier, name, thresholds, texts) and a function
// from a report to findings; those of one subject share a file. Rules read only the
// finished report, so advice on merged parts is the advice on one run. Figures in
// evidence are integers with a unit; those in sentences are made by report/units,
// so that they read as they do in tables.
//
// Commands in a suggestion are lines for a POSIX shell. Lines that begin with
// "# " are explanations, and so are commands that delete: nothing is removed by
// pasting an action whole.
package advice
