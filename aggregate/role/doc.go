// Package role says what the keys of a pattern are for: waiting jobs, a cache, a
// lock, an index. Advice may act on a pattern only as far as its role allows.
//
// A role comes from facts first: what the values look like, which scores are
// times, which members are keys, which keys expire. Second comes a table of
// frameworks by their documented key names; a name that anybody could have given
// counts only where other keys of the framework stand beside it. Words in a name
// that no framework documents are hints: they may forbid what the facts leave
// open, and name what the facts allow, and never allow more. Doubt is Unknown,
// which allows nothing that loses data.
//
// Everything here is a pure function of a pattern, its facts and the other
// patterns of the report. The facts are counters that add up, so that what is
// said of merged parts is what one run says.
package role
