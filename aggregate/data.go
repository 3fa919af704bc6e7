package aggregate

import (
	"slices"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/keyname"
)

// The plain data that callers give and get is declared in aggregate/data, below
// the packages that compute it. It has its names here, too, so that a caller
// imports one package.

// What an analysis is told.
type (
	Config      = data.Config
	Group       = data.Group
	Input       = data.Input
	RowSink     = data.RowSink
	Row         = data.Row
	Filters     = data.Filters
	Scenario    = data.Scenario
	Setting     = data.Setting
	Sweep       = data.Sweep
	Tool        = data.Tool
	DiffOptions = data.DiffOptions
	// ConfigMismatch is what keeps summaries from being merged or compared.
	ConfigMismatch = data.ConfigMismatch
)

// A report, and what it is made of.
type (
	Report         = data.Report
	Source         = data.Source
	Model          = data.Model
	Totals         = data.Totals
	AllocatorTotal = data.AllocatorTotal
	TypeRow        = data.TypeRow
	PatternRow     = data.PatternRow
	TreeRow        = data.TreeRow
	Expiry         = data.Expiry
	ExpiryBucket   = data.ExpiryBucket
	FieldExpiry    = data.FieldExpiry
	FieldBucket    = data.FieldBucket
	Storm          = data.Storm
	TimelineBin    = data.TimelineBin
	BigKey         = data.BigKey
	Index          = data.Index
	Slots          = data.Slots
	SlotRow        = data.SlotRow
	SlotTag        = data.SlotTag
	ShardSkew      = data.ShardSkew
	Percentile     = data.Percentile
	Idle           = data.Idle
	Cold           = data.Cold
	Warning        = data.Warning
	LiveInput      = data.LiveInput
	Live           = data.Live
	LiveTerm       = data.LiveTerm
	Reconciliation = data.Reconciliation
	Fragmentation  = data.Fragmentation
	Fork           = data.Fork
	LiveUse        = data.LiveUse
	Time           = data.Time
	Ratio          = data.Ratio
	CommandLog     = data.CommandLog
	CommandCount   = data.CommandCount
	UsePercentile  = data.UsePercentile
	DatabaseRow    = data.DatabaseRow
	ElementsRow    = data.ElementsRow
	Library        = data.Library
)

// What advice is given from.
type (
	Facts          = data.Facts
	PatternFacts   = data.PatternFacts
	Purpose        = data.Purpose
	Candidate      = data.Candidate
	CandidatePair  = data.CandidatePair
	FarTTLs        = data.FarTTLs
	PendingEntries = data.PendingEntries
	PendingHolder  = data.PendingHolder
	Reshape        = data.Reshape
	ListFacts      = data.ListFacts
	Estimate       = data.Estimate
	ProbeFacts     = data.ProbeFacts
	FormatCount    = data.FormatCount
	AgeCount       = data.AgeCount
	EntityFacts    = data.EntityFacts
	CopyFacts      = data.CopyFacts
	CopiedValue    = data.CopiedValue
)

// Scenarios compared with the server as it is.
type (
	WhatIf         = data.WhatIf
	BaselineModel  = data.BaselineModel
	Baseline       = data.Baseline
	ScenarioResult = data.ScenarioResult
	TypeOutcome    = data.TypeOutcome
	PatternChange  = data.PatternChange
	Cost           = data.Cost
	PackedCost     = data.PackedCost
	Conversion     = data.Conversion
	SweepResult    = data.SweepResult
	SweepPoint     = data.SweepPoint
)

// Two snapshots compared.
type (
	Diff        = data.Diff
	DiffSide    = data.DiffSide
	Change      = data.Change
	TypeChange  = data.TypeChange
	DiffPattern = data.DiffPattern
	GrownKey    = data.GrownKey
	Forecast    = data.Forecast
)

// Several snapshots in time.
type (
	Trend         = data.Trend
	TrendSnapshot = data.TrendSnapshot
	Course        = data.Course
	Rate          = data.Rate
	TypeTrend     = data.TypeTrend
	PatternTrend  = data.PatternTrend
	TrendForecast = data.TrendForecast
	TrendAhead    = data.TrendAhead
	TrendReached  = data.TrendReached
)

// FailedSource is what could not be read.
type (
	FailedSource = data.FailedSource
)

// Names of the schemas of JSON documents.
const (
	ReportSchema = data.ReportSchema
	WhatIfSchema = data.WhatIfSchema
	DiffSchema   = data.DiffSchema
	TrendSchema  = data.TrendSchema
)

// Defaults and words of a Config and of what it makes.
const (
	// DefaultSeparators is what separates the tokens of a key when a Config says
	// nothing else; '-' and '_' always do, after the class tests.
	DefaultSeparators = keyname.DefaultSeparators
	// DefaultTop is the number of rows of the top lists and of the pattern list.
	DefaultTop = data.DefaultTop
	// ServerAuto lets each source's dump say what it is sized for.
	ServerAuto = data.ServerAuto
	// MixedServers stands for a line where sources are sized for different ones.
	MixedServers = data.MixedServers
)

// What the figures of Facts are counted by.
const (
	// SplitFields is how many fields a chunk of a big hash gets at most, SplitMin
	// from how many fields on a hash is cut.
	SplitFields = data.SplitFields
	SplitMin    = data.SplitMin
	// TrimKeep is how many members a sorted set keeps, TrimMin from how many on
	// it is cut down.
	TrimKeep = data.TrimKeep
	TrimMin  = data.TrimMin
	// LargeMean is the mean length in bytes from which strings are worth compressing.
	LargeMean = data.LargeMean
	// DatedSeconds is the age from which a date in a name counts as old.
	DatedSeconds = data.DatedSeconds
	// FarAwaySeconds is the time to live from which it is taken for a mistake.
	FarAwaySeconds = data.FarAwaySeconds
	// ReferenceLen is the length in bytes of the reference that stands for a shared value.
	ReferenceLen = data.ReferenceLen
)

// RatioOf returns part of whole; 0 when whole is 0.
func RatioOf(part, whole int64) Ratio { return data.RatioOf(part, whole) }

// MulDiv returns a*b/c, rounded down, without overflow on the way, for a, b >= 0
// and c > 0; at most 1<<63-1.
func MulDiv(a, b, c int64) int64 { return sketch.MulDiv(a, b, c) }

// SlotOf returns the cluster slot of a key, 0 to 16383.
func SlotOf(key []byte) int32 { return keyname.SlotOf(key) }

// PatternOf returns the pattern of a key as its row shows it when nothing is
// said of separators, depth and groups; it is escaped for display.
func PatternOf(key []byte) []byte { return keyname.PatternOf(key) }

// ParseTime reads a date or a time; see data.ParseTime.
func ParseTime(s string) (Time, bool) { return data.ParseTime(s) }

// LiveFigures returns the names of the figures in a LiveInput that are understood, in
// their order.
func LiveFigures() []string { return slices.Clone(data.LiveFigures) }

// LiveWords returns the names of its words.
func LiveWords() []string { return slices.Clone(data.LiveWords) }

// OtherDatabases is the number of the row for databases that have none.
const OtherDatabases = data.OtherDatabases
