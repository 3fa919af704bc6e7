package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"github.com/rdblens/rdblens/aggregate"
)

// comparisons are made by hand, by the name of their golden files.
var comparisons = map[string]func() *aggregate.WhatIf{
	"whatif-shop":    shopComparison,
	"whatif-partial": partialComparison,
	"whatif-zero":    func() *aggregate.WhatIf { return &aggregate.WhatIf{} },
}

// shopComparison has settings, an upgrade and a curve.
func shopComparison() *aggregate.WhatIf {
	packed := aggregate.PackedCost{Keys: 9_700_000, Longest: 9_101, ScannedMax: 128, ScannedMean: 12_5000}
	more := aggregate.PackedCost{Keys: 9_790_000, Longest: 71_004, ScannedMax: 1_000, ScannedMean: 17_2500}
	carts := aggregate.TypeOutcome{Type: "hash", Keys: 9_800_000, KeysChanged: 90_000, MemoryBefore: 4_187_593_113, MemoryAfter: 3_987_593_113, Saves: 200_000_000,
		SavesResident: 201_000_000, EncodingsBefore: map[string]int64{"listpack": 9_700_000, "hashtable": 100_000},
		EncodingsAfter: map[string]int64{"listpack": 9_790_000, "hashtable": 10_000}}
	other := aggregate.TypeOutcome{Type: "mixed", Keys: 22_402_118, MemoryBefore: 7_602_406_887, MemoryAfter: 7_602_406_887,
		EncodingsBefore: map[string]int64{"raw": 22_402_118}, EncodingsAfter: map[string]int64{"raw": 22_402_118}}
	strs := other
	strs.Type = "string"
	up := strs
	up.MemoryAfter, up.Saves, up.SavesError, up.SavesResident = 7_702_406_887, -100_000_000, 40_960, 300_000_000
	source := source("shop-2026-11-20.rdb", 32_202_118, 6_657_199_309)
	source.Model.Reason = "redis-ver 7.2.4"
	return &aggregate.WhatIf{
		Schema: aggregate.WhatIfSchema, Tool: aggregate.Tool{Name: "rdblens", Version: "1.0.0"}, Basis: "after each server has loaded the dump with its settings",
		Model:    aggregate.BaselineModel{Server: "redis-7.2", Allocator: "jemalloc", Config: map[string]string{}},
		Sources:  []aggregate.Source{source},
		Baseline: aggregate.Baseline{Keys: 32_202_118, Memory: 11_790_000_000, MemoryError: 40_960, Resident: 11_832_000_000, UsedMemory: at[int64](12_573_973_152)},
		Scenarios: []aggregate.ScenarioResult{
			{
				Name: "hash-max-listpack-entries=1024", Server: "redis-7.2", Settings: []aggregate.Setting{{Name: "hash-max-listpack-entries", Value: "1024"}},
				Config: map[string]string{"hash-max-listpack-entries": "1024"}, Keys: 32_202_118, KeysChanged: 90_000,
				MemoryBefore: 11_790_000_000, MemoryAfter: 11_590_000_000, Saves: 200_000_000, SavesResident: 201_000_000,
				UsedMemoryBefore: at[int64](12_573_973_152), UsedMemoryAfter: at[int64](12_372_973_152), SavesUsedMemory: at[int64](201_000_000),
				ByType:    []aggregate.TypeOutcome{carts, strs},
				ByPattern: []aggregate.PatternChange{{Pattern: "cart:{int}", Match: "cart:*", TypeOutcome: carts}, {Pattern: "[other]", TypeOutcome: other}},
				Costs: []aggregate.Cost{{Type: "hash", KeysChanged: 90_000, Before: packed, After: more, Conversions: []aggregate.Conversion{
					{From: "hashtable", To: "listpack", Keys: 90_000, MemoryBefore: 900_000_000, MemoryAfter: 700_000_000,
						PackedCost: aggregate.PackedCost{Keys: 90_000, Longest: 71_004, ScannedMax: 1_000, ScannedMean: 380_0500}}}}},
			},
			{
				Name: "valkey-8.1", Server: "valkey-8.1", Keys: 32_202_118, MemoryBefore: 11_790_000_000, MemoryAfter: 11_890_000_000, Saves: -100_000_000,
				SavesError: 40_960, SavesResident: 300_000_000, UsedMemoryBefore: at[int64](12_573_973_152), UsedMemoryAfter: at[int64](12_073_973_152),
				SavesUsedMemory: at[int64](500_000_000), ByType: []aggregate.TypeOutcome{up, carts},
				ByPattern: []aggregate.PatternChange{{Pattern: "session:{uuid}", Match: "session:*", TypeOutcome: up}},
			},
		},
		Sweeps: []aggregate.SweepResult{{Setting: "hash-max-listpack-entries", Type: "hash", InForce: 512, Knee: at[int64](1024), Points: []aggregate.SweepPoint{
			{Value: 256, Memory: 12_000_000_000, Saves: -210_000_000, KeysChanged: 12_000, PackedCost: aggregate.PackedCost{Keys: 9_688_000, Longest: 4_000, ScannedMax: 64, ScannedMean: 9_9999}},
			{Value: 512, Memory: 11_790_000_000, PackedCost: packed},
			{Value: 1024, Memory: 11_590_000_000, Saves: 200_000_000, SavesResident: 201_000_000, KeysChanged: 90_000, PackedCost: more},
			{Value: 2048, Memory: 11_580_000_000, Saves: 210_000_000, SavesResident: 211_000_000, KeysChanged: 91_000, PackedCost: more},
		}}},
		PatternsTotal: 1_847,
		Warnings:      []aggregate.Warning{{Code: "no-effect", Text: "array-slice-size has no effect on redis-7.2", Count: 1}},
	}
}

// partialComparison is of a damaged source with hostile names.
func partialComparison() *aggregate.WhatIf {
	w := shopComparison()
	w.Partial, w.Baseline.UsedMemory, w.Filters = true, nil, aggregate.Filters{Match: []string{"cart:*"}}
	w.Sources[0].Error, w.Sources[0].ErrorOffset = "truncated at offset 4096", at[int64](4096)
	for i := range w.Scenarios {
		s := &w.Scenarios[i]
		s.UsedMemoryBefore, s.UsedMemoryAfter, s.SavesUsedMemory = nil, nil, nil
	}
	w.Scenarios[0].Name = "=cmd|' /C calc'!A0"
	w.Scenarios[0].ByPattern[0].Pattern = "\x1b[31mred\u202e:{int}"
	w.Sweeps[0].Knee = nil
	return w
}

func whatIfText1(t *testing.T, w *aggregate.WhatIf, o TextOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteWhatIfText(&b, w, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWhatIfText(t *testing.T) {
	for name, make := range comparisons {
		for _, width := range []int{120, 60} {
			w := make()
			text := whatIfText1(t, w, TextOptions{Width: width, ASCII: true})
			golden(t, fmt.Sprintf("%s-%d", name, width), []byte(text))
			for _, line := range strings.Split(text, "\n") {
				if displayWidth(line) > width || strings.ContainsFunc(line, func(r rune) bool { return r < 0x20 || r >= 0x7f }) {
					t.Errorf("%s at %d: %q", name, width, line)
				}
			}
			if diff := cmp.Diff(make(), w); diff != "" {
				t.Errorf("%s was changed:\n%s", name, diff)
			}
		}
	}
	w := shopComparison()
	costs := whatIfText1(t, w, TextOptions{Sections: []string{"costs"}})
	if !strings.Contains(costs, "COST") || strings.Contains(costs, "BY TYPE") || strings.Contains(costs, "SWEEP") {
		t.Errorf("only costs were asked for:\n%s", costs)
	}
	if err := WriteWhatIfText(io.Discard, w, TextOptions{Sections: []string{"expiry"}}); err == nil {
		t.Error("a section of another document is taken")
	}
}

func TestWhatIfJSON(t *testing.T) {
	root := schemaOf(t, "whatif")
	describesAll(t, root, reflect.TypeFor[aggregate.WhatIf]())
	for name, make := range comparisons {
		var b bytes.Buffer
		if err := WriteWhatIfJSON(&b, make()); err != nil {
			t.Fatal(err)
		}
		v := decoded(t, b.String())
		checkNulls(t, "", reflect.TypeFor[aggregate.WhatIf](), v)
		if name == "whatif-zero" {
			continue // its schema has no name
		}
		var errs []string
		validate(t, root, root, v, name, &errs)
		for _, e := range errs {
			t.Error(e)
		}
		var got aggregate.WhatIf
		if err := json.Unmarshal(b.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(completeWhatIf(make()), completeWhatIf(&got)); diff != "" {
			t.Errorf("%s reads back differently:\n%s", name, diff)
		}
	}
	if err := WriteWhatIfJSON(failAfter(10), shopComparison()); !errors.Is(err, errFull) {
		t.Errorf("%v", err)
	}
}

func TestWhatIfCSV(t *testing.T) {
	var b bytes.Buffer
	if err := WriteWhatIfCSV(&b, partialComparison()); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range rows {
		names = append(names, r[0]+"|"+r[2]+"|"+r[3])
	}
	sweep := "hash-max-listpack-entries="
	want := []string{"scenario|pattern|type", `\x3dcmd|' /C calc'!A0||`, `\x3dcmd|' /C calc'!A0||hash`, `\x3dcmd|' /C calc'!A0||string`,
		`\x3dcmd|' /C calc'!A0|\x1b[31mred\xe2\x80\xae:{int}|hash`, `\x3dcmd|' /C calc'!A0|[other]|mixed`, "valkey-8.1||", "valkey-8.1||string", "valkey-8.1||hash",
		"valkey-8.1|session:{uuid}|string", sweep + "256||", sweep + "512||", sweep + "1024||", sweep + "2048||"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"32202118", "90000", "11790000000", "11590000000", "200000000", "0", "201000000"}, rows[1][4:]); diff != "" {
		t.Errorf("figures (-want +got):\n%s", diff)
	}
	if err := WriteWhatIfCSV(failAfter(10), shopComparison()); !errors.Is(err, errFull) {
		t.Errorf("%v", err)
	}
}

type closer struct{ *bytes.Buffer }

func (closer) Close() error { return nil }

func TestWhatIfTables(t *testing.T) {
	files := map[string]*bytes.Buffer{}
	var order []string
	err := WriteWhatIfTables(func(name string) (io.WriteCloser, error) {
		files[name] = new(bytes.Buffer)
		order = append(order, name)
		return closer{files[name]}, nil
	}, shopComparison())
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"snapshots.parquet", "scenarios.parquet", "types.parquet", "patterns.parquet", "conversions.parquet", "sweeps.parquet"}; !slices.Equal(order, want) {
		t.Errorf("tables %v, want %v", order, want)
	}
	points := readTable[parquetPoint](t, files["sweeps.parquet"])
	if len(points) != 4 || !points[2].Knee || points[1].Knee || !points[1].InForce || points[2].Saves != 200_000_000 || points[2].ScannedMean != 17.25 {
		t.Errorf("sweeps: %+v", points)
	}
	patterns := readTable[parquetOutcome](t, files["patterns.parquet"])
	if len(patterns) != 3 || patterns[0].Pattern != "cart:{int}" || patterns[0].EncodingsAfter["listpack"] != 9_790_000 {
		t.Errorf("patterns: %+v", patterns)
	}
	costs := readTable[parquetCost](t, files["conversions.parquet"])
	if len(costs) != 1 || costs[0].Longest != 71_004 || costs[0].From != "hashtable" {
		t.Errorf("conversions: %+v", costs)
	}
	err = WriteWhatIfTables(func(string) (io.WriteCloser, error) { return nil, errFull }, shopComparison())
	if !errors.Is(err, errFull) {
		t.Errorf("%v", err)
	}
}

func readTable[T any](t *testing.T, b *bytes.Buffer) []T {
	t.Helper()
	rows, err := parquet.Read[T](bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return rows
}
