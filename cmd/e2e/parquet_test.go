// Package e2e runs the built program from a dump to Parquet files and lets
// DuckDB, which shares no code with us, read them.
package e2e

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// report is the part of the JSON report that is compared.
type report struct {
	Partial bool `json:"partial"`
	Sources []struct {
		Name string    `json:"name"`
		Now  time.Time `json:"now"`
		Keys int64     `json:"keys"`
	} `json:"sources"`
	Totals struct {
		Keys          int64 `json:"keys"`
		Elements      int64 `json:"elements"`
		Memory        int64 `json:"memory_bytes"`
		RDB           int64 `json:"rdb_bytes"`
		KeysWithTTL   int64 `json:"keys_with_ttl"`
		MemoryWithTTL int64 `json:"memory_with_ttl_bytes"`
		KeysExpired   int64 `json:"keys_expired"`
		MemoryExpired int64 `json:"memory_expired_bytes"`
	} `json:"totals"`
	ByType   []typeRow    `json:"by_type"`
	Patterns []patternRow `json:"patterns"`
	Expiry   struct {
		Buckets []struct {
			Label  string `json:"label"`
			Keys   int64  `json:"keys"`
			Memory int64  `json:"memory_bytes"`
		} `json:"buckets"`
	} `json:"expiry"`
	Biggest []struct {
		Memory int64 `json:"memory_bytes"`
	} `json:"biggest"`
	Suggestions []struct {
		ID    string `json:"id"`
		Saves *int64 `json:"saves_bytes"`
	} `json:"suggestions"`
}

type typeRow struct {
	DB               int64  `json:"db"`
	Type             string `json:"type"`
	Encoding         string `json:"encoding"`
	Keys             int64  `json:"keys"`
	Elements         int64  `json:"elements"`
	Memory           int64  `json:"memory_bytes"`
	KeysWithoutTTL   int64  `json:"keys_without_ttl"`
	MemoryWithoutTTL int64  `json:"memory_without_ttl_bytes"`
	Max              int64  `json:"max"`
}

type patternRow struct {
	Pattern          string `json:"pattern"`
	Type             string `json:"type"`
	Keys             int64  `json:"keys"`
	Memory           int64  `json:"memory_bytes"`
	KeysWithoutTTL   int64  `json:"keys_without_ttl"`
	MemoryWithoutTTL int64  `json:"memory_without_ttl_bytes"`
	Estimated        bool   `json:"estimated"`
	PurePattern      string `json:"pure_pattern"`
	Folded           bool   `json:"folded"`
}

// binary is where TestMain builds the program.
var binary string

func TestMain(m *testing.M) { os.Exit(withProgram(m.Run)) }

func withProgram(run func() int) int {
	dir, err := os.MkdirTemp("", "rdblens-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "rdblens")
	cmd := exec.Command("go", "build", "-o", binary, "./cmd/rdblens")
	cmd.Dir = filepath.Join("..", "..")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		fmt.Fprintf(os.Stderr, "build the program: %v\n", err)
		return 1
	}
	return run()
}

// analyse runs the report with all of its Parquet outputs into dir.
func analyse(t *testing.T, dir, dump string, flags ...string) *report {
	t.Helper()
	args := append([]string{"report", "--progress", "never", "-f", "json", "-o", filepath.Join(dir, "tables") + "/",
		"--keys", filepath.Join(dir, "keys.parquet")}, flags...)
	cmd := exec.Command(binary, append(args, dump)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("rdblens: %v\n%s", err, stderr.Bytes())
	}
	r := &report{}
	if err := json.Unmarshal(stdout.Bytes(), r); err != nil {
		t.Fatalf("decode the JSON report: %v", err)
	}
	if r.Partial || r.Totals.Keys == 0 {
		t.Fatalf("report is partial (%v) or empty (%d keys)", r.Partial, r.Totals.Keys)
	}
	return r
}

// dumps are the shipped dumps: the demo, and those of other server lines.
func dumps(t *testing.T) []string {
	t.Helper()
	paths := []string{filepath.Join("..", "..", "testdata", "demo.rdb")}
	dir := t.TempDir()
	archive := filepath.Join("..", "..", "testdata", "truth", "dumps.tar.xz")
	if out, err := exec.Command("tar", "-xJf", archive, "-C", dir).CombinedOutput(); err != nil {
		if os.Getenv("RDBLENS_CI") != "" {
			t.Fatalf("unpack %s: %v\n%s", archive, err, out)
		}
		t.Logf("only the demo dump is read: unpack %s: %v\n%s", archive, err, out)
		return paths
	}
	more, err := filepath.Glob(filepath.Join(dir, "*.rdb"))
	if err != nil {
		t.Fatal(err)
	}
	return append(paths, more...)
}

// TestKeysParquetAgainstReport compares counts and sums of the per-key rows
// with the JSON report of the same pass.
func TestKeysParquetAgainstReport(t *testing.T) {
	d := newDuck(t)
	for _, dump := range dumps(t) {
		t.Run(filepath.Base(dump), func(t *testing.T) {
			dir := t.TempDir()
			r := analyse(t, dir, dump)
			keys := "read_parquet(" + quote(filepath.Join(dir, "keys.parquet")) + ")"
			now := fmt.Sprintf("make_timestamptz(%d)", r.Sources[0].Now.UnixMicro())
			got := d.query(t, map[string]string{
				"totals": `SELECT count(*) AS keys, sum(num_elements) AS elements, sum(size_in_bytes) AS memory, sum(rdb_bytes) AS rdb,
					count(expiry) AS with_ttl, sum(size_in_bytes) FILTER (expiry IS NOT NULL) AS memory_with_ttl,
					count(*) FILTER (expiry <= ` + now + `) AS expired, sum(size_in_bytes) FILTER (expiry <= ` + now + `) AS memory_expired,
					count(*) FILTER (exact AND error_bytes <> 0) AS contradictions, count(*) FILTER (slot < 0 OR slot > 16383) AS bad_slots,
					count(DISTINCT source) AS sources FROM ` + keys,
				"types": `SELECT db, type, encoding, count(*) AS keys, sum(num_elements) AS elements, sum(size_in_bytes) AS memory,
					count(*) - count(expiry) AS without_ttl, sum(size_in_bytes) FILTER (expiry IS NULL) AS memory_without_ttl,
					max(size_in_bytes) AS largest FROM ` + keys + ` GROUP BY ALL`,
				"patterns": `SELECT pattern, type, count(*) AS keys, sum(size_in_bytes) AS memory, count(*) - count(expiry) AS without_ttl,
					sum(size_in_bytes) FILTER (expiry IS NULL) AS memory_without_ttl FROM ` + keys + ` GROUP BY ALL`,
				"biggest": `SELECT size_in_bytes FROM ` + keys + ` ORDER BY size_in_bytes DESC LIMIT ` + strconv.Itoa(len(r.Biggest)),
			})

			all := got["totals"][0]
			for column, want := range map[string]int64{
				"keys": r.Totals.Keys, "elements": r.Totals.Elements, "memory": r.Totals.Memory, "rdb": r.Totals.RDB,
				"with_ttl": r.Totals.KeysWithTTL, "memory_with_ttl": r.Totals.MemoryWithTTL,
				"expired": r.Totals.KeysExpired, "memory_expired": r.Totals.MemoryExpired,
				"contradictions": 0, "bad_slots": 0, "sources": 1,
			} {
				equal(t, "totals "+column, all.integer(t, column), want)
			}

			equal(t, "rows by type", int64(len(got["types"])), int64(len(r.ByType)))
			types := map[string]row{}
			for _, x := range got["types"] {
				types[x.text(t, "db")+" "+x.text(t, "type")+" "+x.text(t, "encoding")] = x
			}
			for _, want := range r.ByType {
				name := fmt.Sprintf("%d %s %s", want.DB, want.Type, want.Encoding)
				x, ok := types[name]
				if !ok {
					t.Errorf("no rows of %s", name)
					continue
				}
				equal(t, name+": keys", x.integer(t, "keys"), want.Keys)
				equal(t, name+": elements", x.integer(t, "elements"), want.Elements)
				equal(t, name+": memory", x.integer(t, "memory"), want.Memory)
				equal(t, name+": keys without TTL", x.integer(t, "without_ttl"), want.KeysWithoutTTL)
				equal(t, name+": memory without TTL", x.integer(t, "memory_without_ttl"), want.MemoryWithoutTTL)
				equal(t, name+": largest", x.integer(t, "largest"), want.Max)
			}

			patterns := map[string]row{}
			for _, x := range got["patterns"] {
				patterns[x.text(t, "type")+" "+x.text(t, "pattern")] = x
			}
			var sumKeys, sumMemory, compared int64
			for _, want := range r.Patterns {
				sumKeys += want.Keys
				sumMemory += want.Memory
				// A folded row stands for several patterns of the rows. Others may be
				// named by what does not vary in them; rows of keys are not. Of a name that was
				// cut no pattern is known.
				if want.Estimated || want.Folded || want.PurePattern == "" || want.Pattern == "[other]" || strings.Contains(want.Pattern, "{*}") {
					continue
				}
				name := want.Type + " " + want.PurePattern
				x, ok := patterns[name]
				if !ok {
					t.Errorf("no rows of pattern %s", name)
					continue
				}
				compared++
				equal(t, name+": keys", x.integer(t, "keys"), want.Keys)
				equal(t, name+": memory", x.integer(t, "memory"), want.Memory)
				equal(t, name+": keys without TTL", x.integer(t, "without_ttl"), want.KeysWithoutTTL)
				equal(t, name+": memory without TTL", x.integer(t, "memory_without_ttl"), want.MemoryWithoutTTL)
			}
			equal(t, "keys over all patterns", sumKeys, r.Totals.Keys)
			equal(t, "memory over all patterns", sumMemory, r.Totals.Memory)
			if compared == 0 {
				t.Error("no pattern could be compared")
			}

			for i, want := range r.Biggest {
				equal(t, fmt.Sprintf("biggest key %d", i), got["biggest"][i].integer(t, "size_in_bytes"), want.Memory)
			}
		})
	}
}

// TestKeysParquetAgainstServer compares the demo's rows with what the server
// that loaded it said of every key, names included byte for byte.
func TestKeysParquetAgainstServer(t *testing.T) {
	d := newDuck(t)
	dir := t.TempDir()
	analyse(t, dir, filepath.Join("..", "..", "testdata", "demo.rdb"), "--loaded", "--allocator", "jemalloc-debian")

	truth := filepath.Join(dir, "truth.tsv")
	want := copyTruth(t, truth)
	got := d.query(t, map[string]string{"all": `
		WITH truth AS (SELECT db::INTEGER AS db, upper(key_hex) AS key, type, encoding, memory_usage::BIGINT AS size
			FROM read_csv(` + quote(truth) + `, delim = '\t', header = true, all_varchar = true)),
		ours AS (SELECT db, hex(key) AS key, type, encoding, size_in_bytes AS size, exact
			FROM read_parquet(` + quote(filepath.Join(dir, "keys.parquet")) + `))
		SELECT count(*) AS keys, count(*) FILTER (truth.key IS NULL) AS invented, count(*) FILTER (ours.key IS NULL) AS missing,
			count(*) FILTER (ours.type <> truth.type) AS types, count(*) FILTER (ours.encoding <> truth.encoding) AS encodings,
			count(*) FILTER (exact) AS exact, count(*) FILTER (exact AND ours.size <> truth.size) AS wrong,
			sum(ours.size) FILTER (NOT exact) AS expected, sum(truth.size) FILTER (NOT exact) AS measured
		FROM ours FULL OUTER JOIN truth ON ours.db = truth.db AND ours.key = truth.key`})["all"][0]
	for column, n := range map[string]int64{"keys": want, "invented": 0, "missing": 0, "types": 0, "encodings": 0, "wrong": 0} {
		equal(t, column, got.integer(t, column), n)
	}
	if exact := got.integer(t, "exact"); exact < want*9/10 {
		t.Errorf("only %d of %d sizes are called exact", exact, want)
	}
	expected, measured := got.integer(t, "expected"), got.integer(t, "measured")
	if off := max(expected-measured, measured-expected); off > measured/50 {
		t.Errorf("keys with random terms: expected %d bytes, measured %d, more than 2 %% apart", expected, measured)
	}
}

// TestKeysParquetAgainstJSONL compares every column of every row, nulls and
// timestamps included, with the JSON Lines of the same dump.
func TestKeysParquetAgainstJSONL(t *testing.T) {
	d := newDuck(t)
	for _, dump := range dumps(t) {
		t.Run(filepath.Base(dump), func(t *testing.T) {
			dir := t.TempDir()
			lines, rows := filepath.Join(dir, "keys.jsonl"), filepath.Join(dir, "keys.parquet")
			cmd := exec.Command(binary, "keys", "--progress", "never", "-o", lines, "-o", rows, dump)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("rdblens: %v\n%s", err, out)
			}
			got := d.query(t, map[string]string{"diff": `
				WITH p AS (SELECT *, row_number() OVER () AS n FROM read_parquet(` + quote(rows) + `)),
				j AS (SELECT *, row_number() OVER () AS n FROM read_json(` + quote(lines) + `, format = 'newline_delimited', columns = {
					db: 'INTEGER', type: 'VARCHAR', key: 'VARCHAR', key_base64: 'VARCHAR', size_in_bytes: 'BIGINT', encoding: 'VARCHAR',
					num_elements: 'BIGINT', len_largest_element: 'BIGINT', expiry: 'TIMESTAMPTZ', idle_seconds: 'BIGINT', freq: 'INTEGER',
					slot: 'INTEGER', pattern: 'VARCHAR', rdb_bytes: 'BIGINT', source: 'VARCHAR', exact: 'BOOLEAN', error_bytes: 'BIGINT'}))
				SELECT count(*) AS keys, count(*) FILTER (p.n IS NULL OR j.n IS NULL) AS unpaired,
					count(*) FILTER (p.db IS DISTINCT FROM j.db OR p.type IS DISTINCT FROM j.type OR p.encoding IS DISTINCT FROM j.encoding
						OR p.pattern IS DISTINCT FROM j.pattern OR p.source IS DISTINCT FROM j.source OR p.slot IS DISTINCT FROM j.slot) AS names,
					count(*) FILTER (p.size_in_bytes IS DISTINCT FROM j.size_in_bytes OR p.num_elements IS DISTINCT FROM j.num_elements
						OR p.rdb_bytes IS DISTINCT FROM j.rdb_bytes OR p.exact IS DISTINCT FROM j.exact
						OR p.error_bytes IS DISTINCT FROM j.error_bytes
						OR p.len_largest_element IS DISTINCT FROM j.len_largest_element) AS sizes,
					count(*) FILTER (p.expiry IS DISTINCT FROM j.expiry OR p.idle_seconds IS DISTINCT FROM j.idle_seconds
						OR p.freq IS DISTINCT FROM j.freq) AS times,
					count(*) FILTER ((TRY(decode(p.key)) IS NULL) <> (j.key_base64 IS NOT NULL)) AS misjudged,
					count(*) FILTER (j.key_base64 IS NOT NULL AND to_base64(p.key) <> j.key_base64) AS binary_keys,
					count(*) FILTER (regexp_full_match(j.key, '[!-\[\]-~]*') AND p.key <> encode(j.key)) AS plain_keys,
					count(j.key_base64) AS not_text
				FROM p FULL OUTER JOIN j ON p.n = j.n`})["diff"][0]
			for _, column := range []string{"unpaired", "names", "sizes", "times", "misjudged", "binary_keys", "plain_keys"} {
				equal(t, column, got.integer(t, column), 0)
			}
			if got.integer(t, "keys") == 0 || filepath.Base(dump) == "demo.rdb" && got.integer(t, "not_text") == 0 {
				t.Errorf("nothing was compared: %v", got)
			}
		})
	}
}

// TestTables compares the report's tables with its JSON.
func TestTables(t *testing.T) {
	d := newDuck(t)
	for _, dump := range dumps(t) {
		t.Run(filepath.Base(dump), func(t *testing.T) {
			dir := t.TempDir()
			r := analyse(t, dir, dump)
			table := func(name string) string {
				return "read_parquet(" + quote(filepath.Join(dir, "tables", name+".parquet")) + ")"
			}
			got := d.query(t, map[string]string{
				"snapshots": "SELECT name, keys, now FROM " + table("snapshots"),
				"types": `SELECT count(*) AS rows, sum(keys) AS keys, sum(elements) AS elements, sum(memory_bytes) AS memory,
					sum(keys_without_ttl) AS without_ttl, max("max") AS largest FROM ` + table("types"),
				"patterns":    "SELECT pattern, type, keys, memory_bytes, keys_without_ttl, memory_without_ttl_bytes, estimated FROM " + table("patterns"),
				"expiry":      "SELECT label, keys, memory_bytes FROM " + table("expiry"),
				"biggest":     "SELECT memory_bytes FROM " + table("biggest"),
				"slots":       "SELECT sum(keys) AS keys, sum(memory_bytes) AS memory, count(DISTINCT slot) - count(*) AS twice FROM " + table("slots"),
				"suggestions": "SELECT id, saves_bytes FROM " + table("suggestions"),
			})

			for i, want := range r.Sources {
				x := got["snapshots"][i]
				equal(t, "snapshot keys", x.integer(t, "keys"), want.Keys)
				if x.text(t, "name") != want.Name {
					t.Errorf("snapshot %q, want %q", x.text(t, "name"), want.Name)
				}
			}
			equal(t, "types", got["types"][0].integer(t, "rows"), int64(len(r.ByType)))
			equal(t, "types: keys", got["types"][0].integer(t, "keys"), r.Totals.Keys)
			equal(t, "types: elements", got["types"][0].integer(t, "elements"), r.Totals.Elements)
			equal(t, "types: memory", got["types"][0].integer(t, "memory"), r.Totals.Memory)
			equal(t, "types: keys without TTL", got["types"][0].integer(t, "without_ttl"), r.Totals.Keys-r.Totals.KeysWithTTL)
			equal(t, "types: largest", got["types"][0].integer(t, "largest"), r.Biggest[0].Memory)
			equal(t, "slots: keys", got["slots"][0].integer(t, "keys"), r.Totals.Keys)
			equal(t, "slots: memory", got["slots"][0].integer(t, "memory"), r.Totals.Memory)
			equal(t, "slots listed twice", got["slots"][0].integer(t, "twice"), 0)

			if equal(t, "patterns", int64(len(got["patterns"])), int64(len(r.Patterns))) {
				for i, want := range r.Patterns {
					x := got["patterns"][i]
					if x.text(t, "pattern") != want.Pattern || x.text(t, "type") != want.Type || x["estimated"] != want.Estimated {
						t.Errorf("pattern %d is %v, want %+v", i, x, want)
					}
					equal(t, want.Pattern+": keys", x.integer(t, "keys"), want.Keys)
					equal(t, want.Pattern+": memory", x.integer(t, "memory_bytes"), want.Memory)
					equal(t, want.Pattern+": keys without TTL", x.integer(t, "keys_without_ttl"), want.KeysWithoutTTL)
					equal(t, want.Pattern+": memory without TTL", x.integer(t, "memory_without_ttl_bytes"), want.MemoryWithoutTTL)
				}
			}
			if equal(t, "expiry buckets", int64(len(got["expiry"])), int64(len(r.Expiry.Buckets))) {
				for i, want := range r.Expiry.Buckets {
					x := got["expiry"][i]
					equal(t, "expiry "+want.Label+": keys", x.integer(t, "keys"), want.Keys)
					equal(t, "expiry "+want.Label+": memory", x.integer(t, "memory_bytes"), want.Memory)
				}
			}
			if equal(t, "biggest", int64(len(got["biggest"])), int64(len(r.Biggest))) {
				for i, want := range r.Biggest {
					equal(t, fmt.Sprintf("biggest %d", i), got["biggest"][i].integer(t, "memory_bytes"), want.Memory)
				}
			}
			if equal(t, "suggestions", int64(len(got["suggestions"])), int64(len(r.Suggestions))) {
				for i, want := range r.Suggestions {
					x := got["suggestions"][i]
					if x.text(t, "id") != want.ID || (x["saves_bytes"] == nil) != (want.Saves == nil) {
						t.Errorf("suggestion %d is %v, want %+v", i, x, want)
					} else if want.Saves != nil {
						equal(t, "suggestion "+want.ID, x.integer(t, "saves_bytes"), *want.Saves)
					}
				}
			}
		})
	}
}

// TestKeysParquetSchema holds the file's own description: physical types,
// compression, the size of row groups.
func TestKeysParquetSchema(t *testing.T) {
	d := newDuck(t)
	dir := t.TempDir()
	analyse(t, dir, filepath.Join("..", "..", "testdata", "demo.rdb"))
	file := quote(filepath.Join(dir, "keys.parquet"))
	got := d.query(t, map[string]string{
		"types": "DESCRIBE SELECT * FROM read_parquet(" + file + ")",
		"groups": `SELECT max(row_group_num_rows) AS rows, count(*) FILTER (compression <> 'ZSTD') AS not_zstd
			FROM parquet_metadata(` + file + `)`,
	})
	want := map[string]string{
		"db": "INTEGER", "key": "BLOB", "type": "VARCHAR", "encoding": "VARCHAR", "pattern": "VARCHAR", "source": "VARCHAR",
		"size_in_bytes": "BIGINT", "num_elements": "BIGINT", "len_largest_element": "BIGINT", "rdb_bytes": "BIGINT",
		"error_bytes": "BIGINT", "exact": "BOOLEAN", "expiry": "TIMESTAMP WITH TIME ZONE", "idle_seconds": "BIGINT",
		"freq": "INTEGER", "slot": "INTEGER",
	}
	types := map[string]string{}
	for _, x := range got["types"] {
		types[x.text(t, "column_name")] = x.text(t, "column_type")
	}
	if !maps.Equal(types, want) {
		t.Errorf("columns %v, want %v", types, want)
	}
	equal(t, "columns that are not zstd", got["groups"][0].integer(t, "not_zstd"), 0)
	if rows := got["groups"][0].integer(t, "rows"); rows <= 0 || rows > 1<<20 {
		t.Errorf("row groups of up to %d rows", rows)
	}
}

// copyTruth unpacks demo.tsv.gz and returns the number of its rows.
func copyTruth(t *testing.T, to string) int64 {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "testdata", "demo.tsv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	lines := int64(-1) // the heading
	for sc := bufio.NewScanner(z); sc.Scan(); lines++ {
		b.Write(sc.Bytes())
		b.WriteByte('\n')
	}
	if err := os.WriteFile(to, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return lines
}

func equal(t *testing.T, what string, got, want int64) bool {
	t.Helper()
	if got != want {
		t.Errorf("%s: Parquet says %d, want %d", what, got, want)
	}
	return got == want
}
