package advice

var listpackLimits = rule{
	RuleInfo: RuleInfo{
		ID:    "R04",
		Name:  "listpack",
		Class: ClassSettings,
		Title: "Hashes, sorted sets and sets just over a listpack limit",
		What: "For each of the limits hash-, zset- and set-max-listpack-entries and -value takes the keys that this limit alone keeps from being a listpack (a ziplist before 7.0), " +
			"sizes them packed, and chooses the smallest higher value that gets most of what any allowed value would. " +
			"The two limits of a type belong together: where both are raised, keys over both are packed as well, and the saving is that of both, as whatif computes it. The saving is before less after, for this dump's keys once they are converted.",
		Why:        "A table takes several allocations for each element, a listpack is one block. Data that lies just over a limit pays for a table without needing one.",
		Thresholds: packThresholds(),
		Risk:       packRisk,
	},
	apply: func(in *input, t limits) []finding {
		var found []finding
		for _, typ := range []string{"hash", "zset", "set"} {
			p := in.pack(packedEncoding{[]string{typ + "-max-listpack-entries", typ + "-max-listpack-value"}, typ, in.Target.Packed().String(), gainListpack}, t)
			if p != nil {
				found = append(found, in.raised(p))
			}
		}
		return found
	},
}
