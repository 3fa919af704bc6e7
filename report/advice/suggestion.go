package advice

import "github.com/rdblens/rdblens/aggregate"

// Suggestion is one piece of advice.
type Suggestion struct {
	ID              string `json:"id"`                      // "R03", stable
	Rule            string `json:"rule"`                    // "no-ttl", stable short name
	Class           Class  `json:"class"`                   // who acts on it
	Title           string `json:"title"`                   // one line, escaped for display
	Pattern         string `json:"pattern"`                 // the one it concerns or mostly concerns, "" when it is the whole dump
	Saves           *int64 `json:"saves_bytes"`             // of Σ MEMORY USAGE; nil when the advice is about risk
	SavesUsedMemory *int64 `json:"saves_used_memory_bytes"` // of used_memory; nil when not known
	// The same as shares of Σ MEMORY USAGE, and of used_memory as the dump reports
	// it, or as predicted where it does not; nil when not known.
	SavesShare           *aggregate.Ratio `json:"saves_share"`
	SavesUsedMemoryShare *aggregate.Ratio `json:"saves_used_memory_share"`
	Basis                string           `json:"basis"` // "exact for this dump", or the model and its sample
	Evidence             Evidence         `json:"evidence"`
	Action               []string         `json:"action"` // lines for a shell: "# " explanations, and safe commands
	Risk                 string           `json:"risk"`
	Keys                 int64            `json:"keys"`
	// Settings are what it changes of the server's configuration.
	Settings []Setting `json:"settings"`
	// Shares are what it saves of each group, for those who add up some suggestions and
	// not others; empty when it saves nothing.
	Shares []Share `json:"shares"`
	// Hint: worth a word, without a figure and without anything that presses. In text
	// all of them share a line.
	Hint bool `json:"-"`
}

// Share is what a suggestion saves in one group. Shares of one group overlap unless
// their Gain says otherwise: combine tells how they add up.
type Share struct {
	Group int    `json:"group"` // index into Report.Groups
	Gain  string `json:"gain"`  // in which way: expire, expired, compress, listpack, …
	Bytes int64  `json:"saves_bytes"`
	Keys  int64  `json:"keys"`
}
