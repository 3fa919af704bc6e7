package advice

var intsetLimit = rule{
	RuleInfo: RuleInfo{
		ID:    "R05",
		Name:  "intset",
		Class: ClassSettings,
		Title: "Sets of integers just over set-max-intset-entries",
		What: "Takes the sets that hold only integers and have more members than the limit, sizes them as intsets, and chooses the smallest higher value that gets most of what any allowed value would. " +
			"The saving is before less after, for this dump's keys once they are converted.",
		Why:        "An intset is one sorted array of 2, 4 or 8 bytes a member; a table of the same members takes ten times that and more.",
		Thresholds: packThresholds(),
		Risk: "CPU for memory: a lookup in an intset is a binary search, but adding or removing a member moves the bytes behind it. " +
			"The setting holds for every set of integers, also for those that come later; one member that is no integer makes the set a table again.",
	},
	apply: func(in *input, t limits) []finding {
		p := in.pack(packedEncoding{[]string{"set-max-intset-entries"}, "set", "intset", gainIntset}, t)
		if p == nil {
			return nil
		}
		return []finding{in.raised(p)}
	},
}
