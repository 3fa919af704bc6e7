// Package advice turns the report of a dump into suggestions whose savings are
// computed, not guessed.
//
// A rule is a row of data (identifier, name, thresholds, texts) and a function
// from a report to findings; each has a file of its own. Rules read only the
// finished report, so advice on merged parts is the advice on one run. They do
// not format: sizes in evidence are integers, in bytes.
//
// Commands in a suggestion are lines for a POSIX shell. Lines that begin with
// "# " are explanations, and so are commands that delete: nothing is removed by
// pasting an action whole.
package advice
