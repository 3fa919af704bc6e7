package advice

var listpackLimits = rule{
	RuleInfo: RuleInfo{
		ID:    "R04",
		Name:  "listpack",
		Title: "Hashes, sorted sets and sets just over a listpack limit",
		What: "For each of the limits hash-, zset- and set-max-listpack-entries and -value takes the keys that this limit alone keeps from being a listpack (a ziplist before 7.0), " +
			"sizes them packed, and chooses the smallest higher value that gets most of what any allowed value would. " +
			"Keys over two limits at once are not counted. The saving is before less after, for this dump's keys once they are converted.",
		Why:        "A table takes several allocations for each element, a listpack is one block. Data that lies just over a limit pays for a table without needing one.",
		Thresholds: packThresholds(),
		Risk:       packRisk,
	},
	apply: func(in *input, t limits) []finding {
		var found []finding
		for _, setting := range []string{
			"hash-max-listpack-entries", "hash-max-listpack-value",
			"zset-max-listpack-entries", "zset-max-listpack-value",
			"set-max-listpack-entries", "set-max-listpack-value",
		} {
			found = append(found, in.raiseLimit(setting, in.target.Packed().String(), gainListpack, t)...)
		}
		return found
	},
}
