package parquet

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/document"
	"github.com/rdblens/rdblens/report/internal/escape"
	"github.com/rdblens/rdblens/report/json"
	"github.com/rdblens/rdblens/report/units"
)

// WriteReport writes one Parquet file per table: create is called with
// snapshots.parquet, types.parquet, patterns.parquet, expiry.parquet,
// slots.parquet, biggest.parquet and suggestions.parquet in this order, and
// each writer is closed when its table is complete, or at the first error.
//
// A table is the array of that name in the JSON report (snapshots: sources,
// types: by_type, expiry: the buckets, slots: every slot with keys) with the
// same column names; objects with free names are maps, evidence is JSON text.
// Every file carries rdblens.schema, rdblens.tool and rdblens.partial as
// metadata, snapshots.parquet the totals and expiry.parquet the storms as well.
func WriteReport(create func(name string) (io.WriteCloser, error), d *document.Document) error {
	totals, err := json.Line(d.Totals)
	if err != nil {
		return fmt.Errorf("totals: %w", err)
	}
	storms, err := json.Line(document.Complete(d).Expiry.Storms)
	if err != nil {
		return fmt.Errorf("storms: %w", err)
	}
	suggestions, err := suggestionRows(d)
	if err != nil {
		return err
	}
	t := tableWriter{create: create, metadata: []parquet.WriterOption{
		parquet.KeyValueMetadata(schemaKey, aggregate.ReportSchema),
		parquet.KeyValueMetadata("rdblens.tool", d.Tool.Name+" "+d.Tool.Version),
		parquet.KeyValueMetadata("rdblens.partial", strconv.FormatBool(d.Partial)),
	}}
	writeTable(&t, "snapshots", snapshotRows(d.Sources), parquet.KeyValueMetadata("rdblens.totals", totals))
	writeTable(&t, "types", typeRows(d))
	writeTable(&t, "patterns", patternRows(d))
	writeTable(&t, "expiry", expiryRows(d), parquet.KeyValueMetadata("rdblens.storms", storms))
	writeTable(&t, "slots", slotRows(d))
	writeTable(&t, "biggest", bigKeyRows(d.Biggest))
	writeTable(&t, "suggestions", suggestions)
	return t.err
}

// tableWriter writes tables until the first error.
type tableWriter struct {
	create   func(name string) (io.WriteCloser, error)
	metadata []parquet.WriterOption
	err      error
}

// writeTable writes rows of a struct with parquet tags as a file.
func writeTable[T any](t *tableWriter, name string, rows []T, metadata ...parquet.WriterOption) {
	if t.err != nil {
		return
	}
	name += ".parquet"
	w, err := t.create(name)
	if err != nil {
		t.err = err
		return
	}
	if err := encodeTable(w, rows, append(slices.Clone(t.metadata), metadata...)); err != nil {
		t.err = errors.Join(fmt.Errorf("%s: %w", name, err), w.Close())
		return
	}
	t.err = w.Close()
}

// encodeTable writes one file. Rows go through the library's reflection: a table has
// tens of thousands of rows at most, not millions.
func encodeTable[T any](w io.Writer, rows []T, metadata []parquet.WriterOption) error {
	out, err := newParquetWriter[T](w, metadata...)
	if err != nil {
		return err
	}
	maps := mapColumns(out.Schema())
	for i := range rows {
		row := out.Schema().Deconstruct(nil, &rows[i])
		for i, v := range row {
			// As in copyText; no column of a table is binary.
			if v.Kind() == parquet.ByteArray && !utf8.Valid(v.ByteArray()) {
				row[i] = parquet.ByteArrayValue(escape.AppendPrintable(nil, v.ByteArray(), false)).Level(v.RepetitionLevel(), v.DefinitionLevel(), v.Column())
			}
		}
		for _, m := range maps {
			sortEntries(row, m)
		}
		if _, err := out.WriteRows([]parquet.Row{row}); err != nil {
			return err
		}
	}
	return out.Close()
}

// mapColumn is a map of a schema by the numbers of its key and value columns.
type mapColumn struct{ key, value int }

// mapColumns finds the maps of a schema by the names Parquet gives their parts.
func mapColumns(s *parquet.Schema) (maps []mapColumn) {
	for i, path := range s.Columns() {
		if n := len(path); n >= 3 && path[n-2] == "key_value" && path[n-1] == "key" {
			maps = append(maps, mapColumn{i, i + 1})
		}
	}
	return maps
}

// sortEntries puts the entries of a map into the order of their keys, so that
// equal reports are equal files: maps are read in no order.
func sortEntries(row parquet.Row, m mapColumn) {
	var keys, values []int // places in the row
	for i := range row {
		switch row[i].Column() {
		case m.key:
			keys = append(keys, i)
		case m.value:
			values = append(values, i)
		}
	}
	if len(keys) < 2 || len(keys) != len(values) {
		return
	}
	type entry struct{ key, value parquet.Value }
	entries := make([]entry, len(keys))
	for i := range entries {
		entries[i] = entry{row[keys[i]].Clone(), row[values[i]].Clone()}
	}
	slices.SortFunc(entries, func(a, b entry) int {
		return cmp.Compare(string(a.key.ByteArray()), string(b.key.ByteArray()))
	})
	for i, e := range entries {
		repetition := row[keys[i]].RepetitionLevel()
		row[keys[i]] = e.key.Level(repetition, e.key.DefinitionLevel(), m.key)
		row[values[i]] = e.value.Level(repetition, e.value.DefinitionLevel(), m.value)
	}
}

// millis returns a time as a timestamp(ms).
func millis(t *aggregate.Time) *int64 {
	if t == nil {
		return nil
	}
	ms := units.ClampTime(int64(*t))
	return &ms
}

// parquetModel is what a source was sized for.
type parquetModel struct {
	Server    string            `parquet:"server"`
	Allocator string            `parquet:"allocator"`
	Config    map[string]string `parquet:"config"`
	Reason    string            `parquet:"reason"`
}

// parquetSnapshot is a row of snapshots.parquet: one source.
type parquetSnapshot struct {
	Name               string            `parquet:"name"`
	Bytes              int64             `parquet:"bytes"`
	Magic              string            `parquet:"magic"`
	RDBVersion         int32             `parquet:"rdb_version"`
	ServerVersion      string            `parquet:"server_version"`
	Ctime              *int64            `parquet:"ctime,optional,timestamp(millisecond:utc)"`
	Now                *int64            `parquet:"now,optional,timestamp(millisecond:utc)"`
	ReportedUsedMemory *int64            `parquet:"reported_used_memory_bytes,optional"`
	Checksum           string            `parquet:"checksum"`
	Keys               int64             `parquet:"keys"`
	KeysCounted        int64             `parquet:"keys_counted"`
	Memory             int64             `parquet:"memory_bytes"`
	Aux                map[string]string `parquet:"aux"`
	Model              parquetModel      `parquet:"model"`
	Error              *string           `parquet:"error,optional"`
	ErrorOffset        *int64            `parquet:"error_offset,optional"`
	LastGoodKey        *string           `parquet:"last_good_key,optional"`
	Functions          int64             `parquet:"functions"`
	FunctionBytes      int64             `parquet:"function_bytes"`
}

// snapshotRows are the rows of snapshots.parquet.
func snapshotRows(sources []aggregate.Source) []parquetSnapshot {
	rows := make([]parquetSnapshot, len(sources))
	for i := range sources {
		s := &sources[i]
		rows[i] = parquetSnapshot{
			Name: s.Name, Bytes: s.Bytes, Magic: s.Magic, RDBVersion: int32(s.RDBVersion), ServerVersion: s.ServerVersion,
			Ctime: millis(s.Ctime), Now: millis(s.Now), ReportedUsedMemory: s.ReportedUsedMemory, Checksum: s.Checksum,
			Keys: s.Keys, KeysCounted: s.KeysCounted, Memory: s.Memory, Aux: s.Aux, Model: parquetModel{s.Model.Server, s.Model.Allocator, s.Model.Config, s.Model.Reason},
			Error: known(s.Error), ErrorOffset: s.ErrorOffset, LastGoodKey: known(s.LastGoodKey),
			Functions: s.Functions, FunctionBytes: s.FunctionBytes,
		}
	}
	return rows
}

// known returns nil for an empty string.
func known(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// parquetType is a row of types.parquet.
type parquetType struct {
	DB               int32  `parquet:"db"`
	Type             string `parquet:"type"`
	Encoding         string `parquet:"encoding"`
	Keys             int64  `parquet:"keys"`
	Elements         int64  `parquet:"elements"`
	Memory           int64  `parquet:"memory_bytes"`
	KeysWithoutTTL   int64  `parquet:"keys_without_ttl"`
	MemoryWithoutTTL int64  `parquet:"memory_without_ttl_bytes"`
	P50              int64  `parquet:"p50"`
	P90              int64  `parquet:"p90"`
	P99              int64  `parquet:"p99"`
	Max              int64  `parquet:"max"`
}

// typeRows are the rows of types.parquet.
func typeRows(d *document.Document) []parquetType {
	rows := make([]parquetType, len(d.ByType))
	for i := range d.ByType {
		r := &d.ByType[i]
		rows[i] = parquetType{
			DB: r.DB, Type: r.Type, Encoding: r.Encoding, Keys: r.Keys, Elements: r.Elements, Memory: r.Memory,
			KeysWithoutTTL: r.KeysWithoutTTL, MemoryWithoutTTL: r.MemoryWithoutTTL, P50: r.P50, P90: r.P90, P99: r.P99, Max: r.Max,
		}
	}
	return rows
}

// parquetPattern is a row of patterns.parquet. Columns that only a server with an
// eviction policy records are null, not zero, where it did not.
type parquetPattern struct {
	Pattern          string           `parquet:"pattern"`
	Match            string           `parquet:"match"`
	Type             string           `parquet:"type"`
	Role             string           `parquet:"role"`
	RoleReason       string           `parquet:"role_reason"`
	Keys             int64            `parquet:"keys"`
	Memory           int64            `parquet:"memory_bytes"`
	MemoryShare      float64          `parquet:"memory_share"`
	AvgBytes         int64            `parquet:"avg_bytes"`
	KeysWithoutTTL   int64            `parquet:"keys_without_ttl"`
	MemoryWithoutTTL int64            `parquet:"memory_without_ttl_bytes"`
	Encodings        map[string]int64 `parquet:"encodings"`
	P50              int64            `parquet:"p50"`
	P90              int64            `parquet:"p90"`
	P99              int64            `parquet:"p99"`
	Max              int64            `parquet:"max"`
	ElementsP50      int64            `parquet:"elements_p50"`
	ElementsP90      int64            `parquet:"elements_p90"`
	ElementsP99      int64            `parquet:"elements_p99"`
	ElementsMax      int64            `parquet:"elements_max"`
	IdleP50          *int64           `parquet:"idle_p50_seconds,optional"`
	IdleMemoryP50    *int64           `parquet:"idle_memory_p50_seconds,optional"`
	IdleMemoryP90    *int64           `parquet:"idle_memory_p90_seconds,optional"`
	IdleMemoryP99    *int64           `parquet:"idle_memory_p99_seconds,optional"`
	FreqMemoryP50    *int64           `parquet:"freq_memory_p50,optional"`
	FreqMemoryP90    *int64           `parquet:"freq_memory_p90,optional"`
	FreqMemoryP99    *int64           `parquet:"freq_memory_p99,optional"`
	Cold1d           *int64           `parquet:"cold_1d_bytes,optional"`
	Cold7d           *int64           `parquet:"cold_7d_bytes,optional"`
	Cold30d          *int64           `parquet:"cold_30d_bytes,optional"`
	Example          string           `parquet:"example"`
	PurePattern      string           `parquet:"pure_pattern"`
	Folded           bool             `parquet:"folded"`
	Elements         int64            `parquet:"elements"`
	KeyName          int64            `parquet:"key_name_bytes"`
	Payload          int64            `parquet:"payload_bytes"`
	Waste            int64            `parquet:"waste_bytes"`
	Resident         int64            `parquet:"resident_bytes"`
	Overhead         int64            `parquet:"overhead_bytes"`
	FieldsWithTTL    int64            `parquet:"fields_with_ttl"`
	FieldsExpired    int64            `parquet:"fields_expired"`
	Estimated        bool             `parquet:"estimated"`
	Error            int64            `parquet:"error_bytes"`
}

// patternRows are the rows of patterns.parquet.
func patternRows(d *document.Document) []parquetPattern {
	rows := make([]parquetPattern, len(d.Patterns))
	for i := range d.Patterns {
		r := &d.Patterns[i]
		rows[i] = parquetPattern{
			Pattern: r.Pattern, Match: r.Match, Type: r.Type, Role: r.Role, RoleReason: r.RoleReason,
			Keys: r.Keys, Memory: r.Memory, MemoryShare: fraction(r.MemoryShare),
			AvgBytes: r.AvgBytes, KeysWithoutTTL: r.KeysWithoutTTL, MemoryWithoutTTL: r.MemoryWithoutTTL, Encodings: r.Encodings,
			P50: r.P50, P90: r.P90, P99: r.P99, Max: r.Max,
			ElementsP50: r.ElementsP50, ElementsP90: r.ElementsP90, ElementsP99: r.ElementsP99, ElementsMax: r.ElementsMax,
			IdleP50: r.IdleP50, IdleMemoryP50: r.IdleMemoryP50, IdleMemoryP90: r.IdleMemoryP90, IdleMemoryP99: r.IdleMemoryP99,
			FreqMemoryP50: r.FreqMemoryP50, FreqMemoryP90: r.FreqMemoryP90, FreqMemoryP99: r.FreqMemoryP99,
			Cold1d: r.Cold1d, Cold7d: r.Cold7d, Cold30d: r.Cold30d, Example: r.Example, PurePattern: r.PurePattern, Folded: r.Folded, Elements: r.Elements, KeyName: r.KeyName,
			Payload: r.Payload, Waste: r.Waste, Resident: r.Resident, Overhead: r.Overhead,
			FieldsWithTTL: r.FieldsWithTTL, FieldsExpired: r.FieldsExpired, Estimated: r.Estimated, Error: r.Error,
		}
	}
	return rows
}

// fraction returns the double nearest to a ratio.
func fraction(r aggregate.Ratio) float64 { return float64(r) / 10000 }

// parquetBucket is a row of expiry.parquet; from and to are seconds from the dump's
// clock on, null where the span is open.
type parquetBucket struct {
	Label  string `parquet:"label"`
	From   *int64 `parquet:"from,optional"`
	To     *int64 `parquet:"to,optional"`
	Keys   int64  `parquet:"keys"`
	Memory int64  `parquet:"memory_bytes"`
}

// expiryRows are the rows of expiry.parquet.
func expiryRows(d *document.Document) []parquetBucket {
	rows := make([]parquetBucket, len(d.Expiry.Buckets))
	for i, b := range d.Expiry.Buckets {
		rows[i] = parquetBucket{Label: b.Label, From: b.From, To: b.To, Keys: b.Keys, Memory: b.Memory}
	}
	return rows
}

// parquetSlot is a row of slots.parquet: every slot with keys.
type parquetSlot struct {
	Slot         int32   `parquet:"slot"`
	Keys         int64   `parquet:"keys"`
	Memory       int64   `parquet:"memory_bytes"`
	MemoryShare  float64 `parquet:"memory_share"`
	TaggedKeys   int64   `parquet:"tagged_keys"`
	TaggedMemory int64   `parquet:"tagged_memory_bytes"`
	// The hash tag that may hold most, of the biggest slots; null elsewhere.
	TopTag       *string `parquet:"top_tag,optional"`
	TopTagAtMost *int64  `parquet:"top_tag_memory_at_most_bytes,optional"`
	TopTagExact  *bool   `parquet:"top_tag_exact,optional"`
}

// slotRows are the rows of slots.parquet. Tags are known of the biggest slots only.
func slotRows(d *document.Document) []parquetSlot {
	tags := make(map[int32]*aggregate.SlotTag, len(d.Slots.Biggest))
	for _, s := range d.Slots.Biggest {
		if len(s.Tags) > 0 {
			tags[s.Slot] = &s.Tags[0]
		}
	}
	rows := make([]parquetSlot, len(d.Slots.All))
	for i, s := range d.Slots.All {
		rows[i] = parquetSlot{
			Slot: s.Slot, Keys: s.Keys, Memory: s.Memory, MemoryShare: fraction(s.MemoryShare),
			TaggedKeys: s.TaggedKeys, TaggedMemory: s.TaggedMemory,
		}
		if g := tags[s.Slot]; g != nil {
			rows[i].TopTag, rows[i].TopTagAtMost, rows[i].TopTagExact = &g.Tag, &g.AtMost, &g.Exact
		}
	}
	return rows
}

// parquetBigKey is a row of biggest.parquet; key is escaped as in the JSON, its
// bytes are in key_base64 where they are no text.
type parquetBigKey struct {
	DB             int32   `parquet:"db"`
	Type           string  `parquet:"type"`
	Key            string  `parquet:"key"`
	KeyBase64      *string `parquet:"key_base64,optional"`
	KeyLen         int64   `parquet:"key_bytes"`
	Size           int64   `parquet:"size_in_bytes"`
	Memory         int64   `parquet:"memory_bytes"`
	Exact          bool    `parquet:"exact"`
	Error          *int64  `parquet:"error_bytes,optional"`
	Encoding       string  `parquet:"encoding"`
	Elements       int64   `parquet:"num_elements"`
	LongestElement *int64  `parquet:"len_largest_element,optional"`
	Expiry         *int64  `parquet:"expiry,optional,timestamp(millisecond:utc)"`
	Idle           *int64  `parquet:"idle_seconds,optional"`
	Freq           *int32  `parquet:"freq,optional"`
	Slot           *int32  `parquet:"slot,optional"`
	Pattern        string  `parquet:"pattern"`
	RDBBytes       int64   `parquet:"rdb_bytes"`
	Source         string  `parquet:"source"`
}

// bigKeyRows are the rows of biggest.parquet and new_keys.parquet.
func bigKeyRows(keys []aggregate.BigKey) []parquetBigKey {
	rows := make([]parquetBigKey, len(keys))
	for i := range keys {
		k := &keys[i]
		rows[i] = parquetBigKey{
			DB: k.DB, Type: k.Type, Key: k.Key, KeyBase64: known(k.KeyBase64), KeyLen: k.KeyLen, Size: k.Size, Memory: k.Memory, Exact: k.Exact,
			Error: k.Error, Encoding: k.Encoding, Elements: k.Elements, LongestElement: k.LongestElement,
			Expiry: millis(k.Expiry), Idle: k.Idle, Freq: k.Freq, Slot: k.Slot, Pattern: k.Pattern, RDBBytes: k.RDBBytes, Source: k.Source,
		}
	}
	return rows
}

// parquetSuggestion is a row of suggestions.parquet. Evidence has names of its own
// for each rule: as JSON text it needs no schema that changes with them. So are settings and
// shares.
type parquetSuggestion struct {
	ID                   string   `parquet:"id"`
	Rule                 string   `parquet:"rule"`
	Class                string   `parquet:"class"`
	Title                string   `parquet:"title"`
	Pattern              string   `parquet:"pattern"`
	Saves                *int64   `parquet:"saves_bytes,optional"`
	SavesUsedMemory      *int64   `parquet:"saves_used_memory_bytes,optional"`
	SavesShare           *float64 `parquet:"saves_share,optional"`
	SavesUsedMemoryShare *float64 `parquet:"saves_used_memory_share,optional"`
	Basis                string   `parquet:"basis"`
	Evidence             string   `parquet:"evidence"`
	Settings             string   `parquet:"settings"`
	Shares               string   `parquet:"shares"`
	Action               []string `parquet:"action,list"`
	Risk                 string   `parquet:"risk"`
	Keys                 int64    `parquet:"keys"`
}

// suggestionRows are the rows of suggestions.parquet.
func suggestionRows(d *document.Document) ([]parquetSuggestion, error) {
	rows := make([]parquetSuggestion, len(d.Suggestions))
	for i := range d.Suggestions {
		s := &d.Suggestions[i]
		text, err := json.Line(s.Evidence)
		if err != nil {
			return nil, fmt.Errorf("evidence of %s: %w", s.ID, err)
		}
		settings, shares := "[]", "[]"
		if len(s.Settings) > 0 {
			if settings, err = json.Line(s.Settings); err != nil {
				return nil, fmt.Errorf("settings of %s: %w", s.ID, err)
			}
		}
		if len(s.Shares) > 0 {
			if shares, err = json.Line(s.Shares); err != nil {
				return nil, fmt.Errorf("shares of %s: %w", s.ID, err)
			}
		}
		rows[i] = parquetSuggestion{
			ID: s.ID, Rule: s.Rule, Class: string(s.Class), Title: s.Title, Pattern: s.Pattern, Saves: s.Saves, SavesUsedMemory: s.SavesUsedMemory,
			SavesShare: optionalFraction(s.SavesShare), SavesUsedMemoryShare: optionalFraction(s.SavesUsedMemoryShare),
			Basis: s.Basis, Evidence: text, Settings: settings, Shares: shares, Action: s.Action, Risk: s.Risk, Keys: s.Keys,
		}
	}
	return rows, nil
}

// optionalFraction is fraction, null for null.
func optionalFraction(r *aggregate.Ratio) *float64 {
	if r == nil {
		return nil
	}
	f := fraction(*r)
	return &f
}
