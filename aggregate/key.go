package aggregate

// SlotOf returns the cluster slot of a key, 0 to 16383.
func SlotOf(key []byte) int32 { return slotOf(key, true) }

// PatternOf returns the pattern of a key as its row shows it when nothing is
// said of separators, depth and groups; it is escaped for display.
func PatternOf(key []byte) []byte {
	return appendPattern(nil, key, newSplitter(DefaultSeparators, 0).split(key))
}
