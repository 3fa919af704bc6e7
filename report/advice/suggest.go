package advice

import "github.com/rdblens/rdblens/aggregate"

// Options select and tune rules.
type Options struct {
	Ignore []string // rule IDs or names to leave out
}

// Suggest applies every rule to a report, biggest saving first. together is
// what all of them save without counting a byte twice, nil when none saves.
func Suggest(r *aggregate.Report, o Options) (s []Suggestion, together *int64) { panic("contract") }
