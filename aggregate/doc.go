// Package aggregate turns a dump into a Summary: what its keys take in a
// server's memory by database, type, encoding and key pattern, what expires
// when, and which keys are the largest.
//
// Analyze reads one source. Summaries merge: Merge of the summaries of several
// sources, in any order and grouping, is what analysing them together gives,
// byte for byte. Report computes the final view.
//
//	s, err := aggregate.Analyze(ctx, aggregate.Input{Name: "dump.rdb", Reader: f}, &aggregate.Config{})
//	if s == nil {
//		return err
//	}
//	// err may still say that the dump is damaged: s holds what was read.
//	report := s.Report()
//
// A key goes this way: parser → memory model (aggregate/memory) → collector →
// row sinks. Its name is cut into tokens and token classes (pattern.go) while the
// parser has it at hand (naming.go). The collector finds its place in a trie
// whose shape depends on the set of patterns alone (trie.go), and adds the key to
// counters that are integers throughout. Memory is bounded whatever the dump
// holds; no key allocates anything once its pattern is known.
package aggregate
