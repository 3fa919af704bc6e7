package rows

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/internal/reporttest"
)

var update = flag.Bool("update", false, "rewrite the reporttest.Golden files")

func TestCSV(t *testing.T) {
	var b bytes.Buffer
	rows := reporttest.HostileRows()
	reporttest.WriteRows(t, NewCSV(&b, nil), rows[:len(rows)-2]) // without the longest keys
	reporttest.Golden(t, "keys.csv", b.Bytes(), *update)
	b.Reset()
	reporttest.WriteRows(t, NewCSV(&b, nil), rows)
	reporttest.CheckPrintable(t, b.Bytes())

	records, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(records[0], ",") + "\n"; got != csvHeader {
		t.Errorf("header %q", got)
	}
	if len(records) != len(rows)+1 {
		t.Fatalf("%d records of %d rows", len(records)-1, len(rows))
	}
	for i, record := range records[1:] {
		r := &rows[i]
		reporttest.CheckKey(t, r, record[2])
		longest, expiry, idle, freq := "", "", "", ""
		if r.LongestElement >= 0 {
			longest = fmt.Sprint(r.LongestElement)
		}
		if r.HasExpiry {
			expiry = aggregate.Time(r.Expiry).String()
		}
		if r.IdleSeconds >= 0 {
			idle = fmt.Sprint(r.IdleSeconds)
		}
		if r.Freq >= 0 {
			freq = fmt.Sprint(r.Freq)
		}
		want := []string{fmt.Sprint(r.DB), record[1], record[2], fmt.Sprint(r.Size.Bytes), record[4], fmt.Sprint(r.Elements), longest, expiry, idle, freq,
			fmt.Sprint(r.Slot), record[11], fmt.Sprint(r.RDBBytes), record[13], fmt.Sprint(r.Size.Exact), fmt.Sprint(r.Size.Error)}
		if diff := gocmp.Diff(want, record); diff != "" {
			t.Errorf("row %d: %s", i, diff)
		}
		for j, field := range record {
			if field != "" && strings.ContainsRune("=+-@\t\r", rune(field[0])) {
				t.Errorf("row %d: field %d begins like a formula: %.20q", i, j, field)
			}
		}
	}
	if got := records[len(reporttest.HostileRows())-5][1:5]; got[0] != `\x2dJSON-RL` || got[3] != `\x2dJSON-RL` {
		t.Errorf("module type %q", got)
	}
}

type jsonRow struct {
	DB      *int32  `json:"db"`
	Type    *string `json:"type"`
	Key     *string `json:"key"`
	Base64  *string `json:"key_base64"`
	Size    *int64  `json:"size_in_bytes"`
	Enc     *string `json:"encoding"`
	Num     *int64  `json:"num_elements"`
	Longest *int64  `json:"len_largest_element"`
	Expiry  *string `json:"expiry"`
	Idle    *int64  `json:"idle_seconds"`
	Freq    *int32  `json:"freq"`
	Slot    *int32  `json:"slot"`
	Pattern *string `json:"pattern"`
	RDB     *int64  `json:"rdb_bytes"`
	Source  *string `json:"source"`
	Exact   *bool   `json:"exact"`
	Error   *int64  `json:"error_bytes"`
}

func TestJSONL(t *testing.T) {
	var b bytes.Buffer
	rows := reporttest.HostileRows()
	reporttest.WriteRows(t, NewJSONL(&b, nil), rows[:len(rows)-2])
	reporttest.Golden(t, "keys.jsonl", b.Bytes(), *update)
	b.Reset()
	reporttest.WriteRows(t, NewJSONL(&b, nil), rows)
	reporttest.CheckPrintable(t, b.Bytes())

	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	if len(lines) != len(rows) {
		t.Fatalf("%d lines of %d rows", len(lines), len(rows))
	}
	known := func(n int64) *int64 {
		if n < 0 {
			return nil
		}
		return &n
	}
	for i, line := range lines {
		var got jsonRow
		d := json.NewDecoder(strings.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(&got); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		r := &rows[i]
		asIs := reporttest.CheckJSONKey(t, r, *got.Key)
		want := got // the strings are compared with the other writers' below
		want.DB, want.Size, want.Num, want.Slot, want.RDB, want.Exact, want.Error = &r.DB, &r.Size.Bytes, &r.Elements, &r.Slot, &r.RDBBytes, &r.Size.Exact, &r.Size.Error
		want.Longest, want.Idle, want.Expiry, want.Freq, want.Base64 = known(r.LongestElement), known(r.IdleSeconds), nil, nil, nil
		if r.HasExpiry {
			want.Expiry = ptr(aggregate.Time(r.Expiry).String())
		}
		if r.Freq >= 0 {
			want.Freq = &r.Freq
		}
		if !asIs {
			want.Base64 = ptr(base64.StdEncoding.EncodeToString(r.Key))
		}
		want.Type, want.Enc = ptr(TypeName(r)), ptr(EncodingName(r))
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("row %d: %s", i, diff)
		}
		var names []string
		for _, n := range strings.Split(strings.TrimSpace(csvHeader), ",") {
			if n == "database" {
				n = "db"
			}
			names = append(names, n)
		}
		at := 0
		for _, n := range names {
			j := strings.Index(line[at:], `"`+n+`":`)
			if j < 0 {
				t.Fatalf("row %d: no %s in its place", i, n)
			}
			at += j
		}
	}
}

// TestRowAllocations: text formats allocate nothing per row.
func TestRowAllocations(t *testing.T) {
	rows := reporttest.PlainRows(1000)
	hostile := reporttest.HostileRows()
	for i := range hostile {
		if len(hostile[i].Key) < 100 && !strings.ContainsAny(hostile[i].Source, "\x00\x1b") {
			rows = append(rows, hostile[i])
		}
	}
	for name, create := range rowWriters {
		w := create(io.Discard, nil)
		n := testing.AllocsPerRun(5, func() {
			for i := range rows {
				r := &rows[i]
				r.Source = "dump.rdb"
				if err := w.WriteRow(r); err != nil {
					t.Fatal(err)
				}
			}
		})
		if n > 0 {
			t.Errorf("%s: %v allocations for %d rows", name, n, len(rows))
		}
	}
}

// rowWriters makes the writers of this package by name.
var rowWriters = map[string]func(w io.Writer, columns Columns) Writer{"csv": NewCSV, "jsonl": NewJSONL}

func TestNoRows(t *testing.T) {
	headers := map[string]string{"csv": csvHeader, "jsonl": ""}
	for name, create := range rowWriters {
		var b bytes.Buffer
		if err := create(&b, nil).Close(); err != nil {
			t.Fatal(err)
		}
		if want, ok := headers[name]; !ok || b.String() != want {
			t.Errorf("%s of no rows: %q", name, b.String())
		}
	}
}

func ptr[T any](v T) *T { return &v }

// csvHeader is what a file of all usual columns begins with.
const csvHeader = "database,type,key,size_in_bytes,encoding,num_elements,len_largest_element,expiry," +
	"idle_seconds,freq,slot,pattern,rdb_bytes,source,exact,error_bytes\n"

// TestColumns: chosen columns are those of the whole row, in the order that was asked for.
func TestColumns(t *testing.T) {
	rows := reporttest.HostileRows()
	all, err := ParseColumns(strings.Join(columnNames[:], ","))
	if err != nil || len(all) != int(numColumns) {
		t.Fatal(all, err)
	}
	read := func(columns Columns) [][]string {
		var b bytes.Buffer
		reporttest.WriteRows(t, NewCSV(&b, columns), rows)
		records, err := csv.NewReader(&b).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		return records
	}
	whole := read(all)
	chosen, err := ParseColumns(" resident_bytes, KEY,db")
	if err != nil {
		t.Fatal(err)
	}
	for i, got := range read(chosen) {
		if want := []string{whole[i][16], whole[i][2], whole[i][0]}; !slices.Equal(got, want) {
			t.Errorf("line %d: %q, want %q", i, got, want)
		}
		if i > 0 && got[0] != strconv.FormatInt(rows[i-1].Size.Resident, 10) {
			t.Errorf("line %d: resident %s", i, got[0])
		}
	}
	eight, err := ParseColumns("rdbtools")
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(read(eight)[0], ","); got != "database,type,key,size_in_bytes,encoding,num_elements,len_largest_element,expiry" {
		t.Error(got)
	}
	var b bytes.Buffer
	reporttest.WriteRows(t, NewJSONL(&b, chosen), rows[:1])
	var row map[string]any
	if err := json.Unmarshal(b.Bytes(), &row); err != nil || len(row) != 3 || !strings.HasPrefix(b.String(), `{"resident_bytes":`) {
		t.Errorf("%s: %v", b.String(), err)
	}
	for _, bad := range []string{"", "key,key", "rdbtools,key", "keys", "key,"} {
		if c, err := ParseColumns(bad); err == nil {
			t.Errorf("%q: %v", bad, c)
		}
	}
}

// TestLargest: the largest rows in order, those of one size as they came.
func TestLargest(t *testing.T) {
	rows := reporttest.PlainRows(3000)
	rnd := rand.New(rand.NewPCG(1, 16))
	for i := range rows {
		rows[i].Size.Bytes = rnd.Int64N(500)
	}
	sorted := slices.Clone(rows)
	slices.SortStableFunc(sorted, func(a, b aggregate.Row) int { return cmp.Compare(b.Size.Bytes, a.Size.Bytes) })
	for _, n := range []int{1, 7, 500, 2999, 3000, 5000} {
		var got, want bytes.Buffer
		reporttest.WriteRows(t, NewLargest(NewCSV(&got, nil), n), rows)
		reporttest.WriteRows(t, NewCSV(&want, nil), sorted[:min(n, len(sorted))])
		if got.String() != want.String() {
			t.Errorf("the %d largest differ", n)
		}
	}
}
