// Package aggregate turns a dump into a Summary: what its keys take in a
// server's memory by database, type, encoding and key pattern, what expires
// when, and which keys are the largest.
//
// Analyze reads one source. Summaries merge: Merge of the summaries of several
// sources, in any order and grouping, is what analysing them together gives,
// byte for byte. Report computes the final view.
//
//	s, err := aggregate.Analyze(ctx, aggregate.Input{Name: "dump.rdb", Reader: f}, nil)
//	if s == nil {
//		return err
//	}
//	// err may still say that the dump is damaged: s holds what was read.
//	report := s.Report()
//
// This package is the verbs. What they take and give is plain data, declared in
// aggregate/data and named here too. The work is done below:
//
//	aggregate/keyname          a key's name → tokens, classes, pattern, slot
//	aggregate/memory           facts of a key → bytes and encoding
//	aggregate/probe            a sampled value → integers
//	aggregate/data             configuration and results: plain data
//	internal/config            defaults, checks and comparison of configurations
//	internal/filter            which keys are counted
//	internal/sketch            histograms, bottom-k samples, estimates
//	internal/state             what is counted, and how it merges
//	internal/collect           keys → state
//	internal/part              state ↔ file
//	internal/naming            the trie of a state → rows with names
//	internal/view              state, rows → report, comparison, scenarios
//
// A key goes this way: parser → memory model → collector → row sinks. Its name is
// cut into tokens and token classes while the parser has it at hand
// (collect/keytagger.go). The collector finds its place in a trie whose shape
// depends on the set of patterns alone (state/trie.go), and adds the key to
// counters that are integers throughout. Memory is bounded whatever the dump
// holds; no key allocates anything once its pattern is known.
package aggregate
