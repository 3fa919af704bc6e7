package document

import (
	"slices"

	"github.com/rdblens/rdblens/aggregate"
)

// Complete returns a copy of a document in which no slice or map is nil.
func Complete(d *Document) *Document {
	c := *d
	c.Sources = completeSources(c.Sources)
	c.ByType = orEmpty(c.ByType)
	c.Patterns = slices.Clone(orEmpty(c.Patterns))
	for i := range c.Patterns {
		c.Patterns[i].Encodings = orEmptyMap(c.Patterns[i].Encodings)
	}
	c.Tree = orEmpty(c.Tree)
	c.Expiry.Buckets = orEmpty(c.Expiry.Buckets)
	c.Expiry.Fields.Buckets = orEmpty(c.Expiry.Fields.Buckets)
	c.Expiry.Storms = slices.Clone(orEmpty(c.Expiry.Storms))
	for i := range c.Expiry.Storms {
		c.Expiry.Storms[i].TopPatterns = orEmpty(c.Expiry.Storms[i].TopPatterns)
		c.Expiry.Storms[i].TopShares = orEmpty(c.Expiry.Storms[i].TopShares)
	}
	c.Biggest = orEmpty(c.Biggest)
	c.BiggestByElements = orEmpty(c.BiggestByElements)
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
	c.Suggestions = slices.Clone(orEmpty(c.Suggestions))
	for i := range c.Suggestions {
		s := &c.Suggestions[i]
		s.Action = orEmpty(s.Action)
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

// CompleteDiff returns a copy of a comparison in which no slice or map is nil.
func CompleteDiff(d *aggregate.Diff) *aggregate.Diff {
	c := *d
	for _, side := range []*aggregate.DiffSide{&c.Old, &c.New} {
		side.Sources = completeSources(side.Sources)
	}
	c.ByType = orEmpty(c.ByType)
	for _, l := range []*[]aggregate.DiffPattern{&c.Patterns, &c.NewPatterns, &c.Vanished, &c.LeakSuspects} {
		*l = orEmpty(*l)
	}
	c.NewKeys = orEmpty(c.NewKeys)
	c.GrownKeys = orEmpty(c.GrownKeys)
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
