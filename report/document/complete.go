package document

import (
	"slices"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/keyname"
)

// Complete returns a copy of a document for JSON: no slice or map is nil, and keys are
// as they are instead of escaped for display, see keyAsData.
func Complete(d *Document) *Document {
	c := *d
	c.Sources = completeSources(c.Sources)
	c.ByType = orEmpty(c.ByType)
	c.ByDatabase = orEmpty(c.ByDatabase)
	c.ElementsByType = orEmpty(c.ElementsByType)
	c.Patterns = slices.Clone(orEmpty(c.Patterns))
	for i := range c.Patterns {
		c.Patterns[i].Encodings = orEmptyMap(c.Patterns[i].Encodings)
	}
	c.Groups = slices.Clone(orEmpty(c.Groups))
	for i := range c.Groups {
		c.Groups[i].Encodings = orEmptyMap(c.Groups[i].Encodings)
	}
	c.CommandLogs = slices.Clone(c.CommandLogs)
	for i := range c.CommandLogs {
		l := &c.CommandLogs[i]
		l.ByCommand, l.Patterns, l.MakeDump = orEmpty(l.ByCommand), orEmpty(l.Patterns), orEmpty(l.MakeDump)
	}
	c.Tree = orEmpty(c.Tree)
	c.Expiry.Buckets = orEmpty(c.Expiry.Buckets)
	c.Expiry.Timeline = orEmpty(c.Expiry.Timeline)
	c.Expiry.Fields.Buckets = orEmpty(c.Expiry.Fields.Buckets)
	c.Expiry.Storms = slices.Clone(orEmpty(c.Expiry.Storms))
	for i := range c.Expiry.Storms {
		c.Expiry.Storms[i].TopPatterns = orEmpty(c.Expiry.Storms[i].TopPatterns)
		c.Expiry.Storms[i].TopShares = orEmpty(c.Expiry.Storms[i].TopShares)
	}
	c.Biggest = keysAsData(c.Biggest)
	c.BiggestByElements = keysAsData(c.BiggestByElements)
	c.BiggestByType, c.LongestNames = keysAsData(c.BiggestByType), keysAsData(c.LongestNames)
	c.Idle.Hottest, c.Idle.Coldest = keysAsData(c.Idle.Hottest), keysAsData(c.Idle.Coldest)
	c.Sizes = orEmpty(c.Sizes)
	c.Slots.Biggest = slices.Clone(orEmpty(c.Slots.Biggest))
	for i := range c.Slots.Biggest {
		c.Slots.Biggest[i].Tags = orEmpty(c.Slots.Biggest[i].Tags)
	}
	c.Slots.Shards = orEmpty(c.Slots.Shards)
	c.Idle.Percentiles = orEmpty(c.Idle.Percentiles)
	c.Idle.MemoryPercentiles = orEmpty(c.Idle.MemoryPercentiles)
	c.Idle.Cold = orEmpty(c.Idle.Cold)
	c.Idle.FreqPercentiles = orEmpty(c.Idle.FreqPercentiles)
	c.Idle.FreqMemoryPercentiles = orEmpty(c.Idle.FreqMemoryPercentiles)
	c.Unknowable = orEmpty(c.Unknowable)
	c.Warnings = orEmpty(c.Warnings)
	c.Classes = slices.Clone(orEmpty(c.Classes))
	for i := range c.Classes {
		c.Classes[i].Settings = orEmpty(c.Classes[i].Settings)
	}
	c.Suggestions = slices.Clone(orEmpty(c.Suggestions))
	for i := range c.Suggestions {
		s := &c.Suggestions[i]
		s.Action = orEmpty(s.Action)
		s.Settings, s.Shares = orEmpty(s.Settings), orEmpty(s.Shares)
	}
	return &c
}

// completeSources returns a copy of sources in which no map is nil.
func completeSources(sources []aggregate.Source) []aggregate.Source {
	sources = slices.Clone(orEmpty(sources))
	for i := range sources {
		s := &sources[i]
		s.Aux = orEmptyMap(s.Aux)
		s.Model.Config = orEmptyMap(s.Model.Config)
	}
	return sources
}

// keysAsData returns a copy of keys with their names as keyAsData has them.
func keysAsData(keys []aggregate.BigKey) []aggregate.BigKey {
	keys = slices.Clone(orEmpty(keys))
	for i := range keys {
		keys[i].Key = keyAsData(&keys[i])
	}
	return keys
}

// keyAsData returns the name of a key for whoever hands it to a server: as it is where
// it is known whole and valid UTF-8, as for display otherwise, with KeyBase64 beside it.
func keyAsData(k *aggregate.BigKey) string {
	if name, ok := keyname.Unescape(k.Key); ok && k.KeyBase64 == "" && int64(len(name)) == k.KeyLen {
		return name
	}
	return k.Key
}

// orEmpty returns an empty slice for nil, which JSON would show as null.
func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// orEmptyMap returns an empty map for nil.
func orEmptyMap[V any](m map[string]V) map[string]V {
	if m == nil {
		return map[string]V{}
	}
	return m
}

// CompleteDiff is Complete for a comparison.
func CompleteDiff(d *aggregate.Diff) *aggregate.Diff {
	c := *d
	for _, side := range []*aggregate.DiffSide{&c.Old, &c.New} {
		side.Sources = completeSources(side.Sources)
	}
	c.ByType = orEmpty(c.ByType)
	for _, l := range []*[]aggregate.DiffPattern{&c.Patterns, &c.NewPatterns, &c.Vanished, &c.LeakSuspects} {
		*l = orEmpty(*l)
	}
	c.NewKeys = keysAsData(c.NewKeys)
	c.GrownKeys = slices.Clone(orEmpty(c.GrownKeys))
	for i := range c.GrownKeys {
		c.GrownKeys[i].Key = keyAsData(&c.GrownKeys[i].BigKey)
	}
	c.Warnings = orEmpty(c.Warnings)
	return &c
}

// CompleteWhatIf returns a copy in which no slice or map is nil.
func CompleteWhatIf(x *aggregate.WhatIf) *aggregate.WhatIf {
	c := *x
	c.Model.Config = orEmptyMap(c.Model.Config)
	c.Sources = completeSources(c.Sources)
	c.Scenarios = slices.Clone(orEmpty(c.Scenarios))
	for i := range c.Scenarios {
		s := &c.Scenarios[i]
		s.Settings, s.Config = orEmpty(s.Settings), orEmptyMap(s.Config)
		s.ByType = slices.Clone(orEmpty(s.ByType))
		for j := range s.ByType {
			completeChange(&s.ByType[j])
		}
		s.ByPattern = slices.Clone(orEmpty(s.ByPattern))
		for j := range s.ByPattern {
			completeChange(&s.ByPattern[j].TypeOutcome)
		}
		s.Costs = slices.Clone(orEmpty(s.Costs))
		for j := range s.Costs {
			s.Costs[j].Conversions = orEmpty(s.Costs[j].Conversions)
		}
	}
	c.Sweeps = slices.Clone(orEmpty(c.Sweeps))
	for i := range c.Sweeps {
		c.Sweeps[i].Points = orEmpty(c.Sweeps[i].Points)
	}
	c.Warnings = orEmpty(c.Warnings)
	return &c
}

// completeChange does so for one outcome.
func completeChange(c *aggregate.TypeOutcome) {
	c.EncodingsBefore, c.EncodingsAfter = orEmptyMap(c.EncodingsBefore), orEmptyMap(c.EncodingsAfter)
}

// CompleteTrend is Complete for a trend.
func CompleteTrend(d *aggregate.Trend) *aggregate.Trend {
	c := *d
	c.Snapshots = slices.Clone(orEmpty(c.Snapshots))
	for i := range c.Snapshots {
		c.Snapshots[i].Sources = completeSources(c.Snapshots[i].Sources)
	}
	completeCourse(&c.Totals)
	c.ByType = slices.Clone(orEmpty(c.ByType))
	for i := range c.ByType {
		completeCourse(&c.ByType[i].Course)
	}
	for _, l := range []*[]aggregate.PatternTrend{&c.Patterns, &c.Appeared, &c.Gone, &c.LeakSuspects} {
		*l = slices.Clone(orEmpty(*l))
		for i := range *l {
			completeCourse(&(*l)[i].Course)
		}
	}
	c.Forecast.Used, c.Forecast.Ahead = orEmpty(c.Forecast.Used), orEmpty(c.Forecast.Ahead)
	c.Warnings = orEmpty(c.Warnings)
	return &c
}

// completeCourse does so for the figures of a row.
func completeCourse(c *aggregate.Course) {
	for _, l := range []*[]int64{&c.Keys, &c.Memory, &c.KeysWithoutTTL, &c.MemoryWithoutTTL} {
		*l = orEmpty(*l)
	}
}
