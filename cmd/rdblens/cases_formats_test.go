package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/report/document"
)

// Dumps of the newest and of foreign servers, in containers and with modules, each with
// what is right to say of it. They are in testdata/cases/formats and testdata/cases/modules.

// casePath is where a case lies.
func casePath(name string) string {
	return filepath.Join("..", "..", "testdata", "cases", filepath.FromSlash(name))
}

// caseRow is what is looked at of a row of keys.
type caseRow struct {
	DB       int    `json:"db"`
	Type     string `json:"type"`
	Key      string `json:"key"`
	Size     int64  `json:"size_in_bytes"`
	Elements int64  `json:"num_elements"`
	InDump   int64  `json:"rdb_bytes"`
	Exact    bool   `json:"exact"`
	Error    *int64 `json:"error_bytes"` // nil: no bound is known
}

// caseRows are the rows of a case, by database and key.
func caseRows(t *testing.T, name string, wantCode int, more ...string) (rows []caseRow, errs string) {
	t.Helper()
	code, out, errs := execute(t, append([]string{"keys", "-f", "jsonl", casePath(name)}, more...)...)
	if code != wantCode {
		t.Errorf("keys %s: exit code %d, want %d: %s", name, code, wantCode, errs)
	}
	for line := range strings.Lines(out) {
		var r caseRow
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("keys %s: %v: %s", name, err, line)
		}
		rows = append(rows, r)
	}
	slices.SortFunc(rows, func(a, b caseRow) int { return cmp.Or(a.DB-b.DB, cmp.Compare(a.Key, b.Key)) })
	return rows, errs
}

// caseNames spells the keys of rows, with the database where it is not 0.
func caseNames(rows []caseRow) string {
	var names []string
	for _, r := range rows {
		name := r.Key
		if r.DB != 0 {
			name = fmt.Sprintf("%d/%s", r.DB, r.Key)
		}
		names = append(names, name)
	}
	return strings.Join(names, " ")
}

// numbered are the names prefix1 to prefixN, sorted as rows are.
func numbered(counts map[string]int) string {
	var names []string
	for prefix, n := range counts {
		for i := range n {
			names = append(names, prefix+strconv.Itoa(i+1))
		}
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// numberedFrom0 are those from prefix0 to prefixN-1.
func numberedFrom0(prefix string, n int) string {
	var names []string
	for i := range n {
		names = append(names, prefix+strconv.Itoa(i))
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// What the report's head says when no size is exact.
const (
	newer92  = "no size is exact: no server of 9.2 was measured: sizes are those of 9.1, and its sorted sets and hashes with field TTLs are said to be others"
	newer810 = "no size is exact: no server of 8.10 was measured: sizes are those of 8.8, of hashes with templates by its source, and the templates are in no figure"
)

// TestCaseFormats: exit code, keys, what check says and what the report's head says.
func TestCaseFormats(t *testing.T) {
	live := numbered(map[string]int{"base:": 200, "incr:": 50})
	for _, c := range []struct {
		file    string
		code    int
		keys    string   // sorted; a database other than 0 before its key
		check   []string // said by check
		head    string   // said by the report's head; "" when sizes are exact
		inexact string   // keys of inexact size where head is ""
	}{
		{"valkey081-plain.rdb", exitOK, "h1 hfe s1", []string{"VALKEY081, valkey 9.2.0", "HASH 1, HASH_2 1, STRING 1", "checksum ok"}, newer92, ""},
		{"valkey092-vcs-lz4.rdb", exitOK, "h1 hfe s1", []string{"VALKEY081, valkey 9.2.0", "109 bytes (decompressed from vcs-lz4)", "checksum-disabled"}, newer92, ""},
		{"valkey-vcs-zstd-guess.rdb", exitOK, "h1 hfe s1", []string{"VALKEY081, valkey 9.2.0", "109 bytes (decompressed from vcs-zstd)", "checksum-disabled"}, newer92, ""},
		{"control-bare-lz4.rdb.lz4", exitOK, "h1 hfe s1", []string{"VALKEY081, valkey 9.2.0", "109 bytes (decompressed from lz4)", "checksum-disabled"}, newer92, ""},
		{"valkey081-path-hash.rdb", exitOK, "after before tree", []string{"STRING 2, PATH_HASH 1", "checksum ok"}, newer92, ""},
		{"valkey092-forkless-layout.rdb", exitOK, "a c 1/b", []string{"3 keys in 2 databases", "db 0 2 keys, 0 with an expiry (declared 2 and 0)", "db 1 1 key, 0 with an expiry (declared 1 and 0)", "SELECTDB 5", "RESIZEDB 2"}, newer92, ""},
		{"redis810-template-lp-ref.rdb", exitOK, numberedFrom0("user:", 100), []string{"REDIS0015, redis 8.10.0", "HASH_TMPL_LP_REF 100", "HASH_TEMPLATE 1"}, newer810, ""},
		{"same-data-plain-listpack.rdb", exitOK, numberedFrom0("user:", 100), []string{"REDIS0014, redis 8.8.0", "HASH_LISTPACK 100"}, "", ""},
		{"redis0016-plain.rdb", exitOK, "s1", []string{"REDIS0016, redis 8.12.0", "newer-version: offset 0: REDIS0016 is newer than this reader knows"}, "no size is exact: redis-8.10 stands in for redis 8.12.0, which has no line", ""},
		{"redis0014-gcra29.rdb", exitPartial, "before", []string{"NOT READ TO ITS END", `offset 41: type 29 is not known in REDIS0014; read up to key "before"`}, "", ""},
		{"redis0015-gcra33.rdb", exitPartial, "before", []string{"NOT READ TO ITS END", `offset 42: type 33 is not known in REDIS0015; read up to key "before"`}, newer810, ""},
		{"ror-bitmap-192.rdb", exitOK, "after bm", []string{"REDIS0012, redis 8.2.0", "ROR_BITMAP 1, STRING 1", "gtid-repl-mode=psync"}, "", "bm"},
		{"nl.cap", exitOK, live, []string{"4,249 bytes, the dump starts at 68", "a replication capture: 68 bytes precede the dump", "14 bytes: commands of an append-only file, not read", "checksum ok"}, "", ""},
		{"rdbchannel.cap", exitOK, live, []string{"4,274 bytes, the dump starts at 67", "a replication capture: 67 bytes precede the dump", "40 bytes: the end mark of a replication transfer, not read", "checksum ok"}, "", ""},
		{"zip-of-a-dump.zip", exitOK, live, []string{"zip-of-a-dump.zip/dump.rdb: ok", "4,084 bytes", "checksum ok"}, "", ""},
		{"redis7-datadir", exitOK, live, []string{"dump.rdb: ok", "skipped", "appendonlydir: the AOF of the same server, which it loads in place of the dump"}, "", ""},
	} {
		t.Run(c.file, func(t *testing.T) {
			name := "formats/" + c.file
			code, out, errs := execute(t, "check", casePath(name))
			out = strings.Join(strings.Fields(out), " ")
			if code != c.code || strings.Contains(out, "DAMAGED") || c.code == exitOK && !strings.Contains(out, ": ok ") {
				t.Errorf("check: exit code %d, want %d\n%s\n%s", code, c.code, out, errs)
			}
			for _, said := range c.check {
				if !strings.Contains(out, said) {
					t.Errorf("check does not say %q\n%s", said, out)
				}
			}
			rows, _ := caseRows(t, name, c.code)
			if got := caseNames(rows); got != c.keys {
				t.Errorf("keys %q, want %q", got, c.keys)
			}
			for _, r := range rows {
				exact := c.head == "" && !slices.Contains(strings.Fields(c.inexact), r.Key)
				if r.Exact != exact || r.Size <= 0 || exact && (r.Error == nil || *r.Error != 0) || !exact && r.Error != nil {
					t.Errorf("%q: %d bytes, exact %v, error_bytes %v; want exact %v and a bound only then", r.Key, r.Size, r.Exact, r.Error, exact)
				}
			}
			whole := "✓ whole"
			if c.code == exitPartial {
				whole = "✗ not whole"
			}
			caseHead(t, name, c.code, int64(len(strings.Fields(c.keys))), whole, c.head)
		})
	}
}

// caseHead holds both forms of the report against the number of keys, whether the dump is
// whole, and what is to be said of sizes, "" where they are exact.
func caseHead(t *testing.T, name string, wantCode int, keys int64, whole, said string) {
	t.Helper()
	code, out, errs := execute(t, "report", "-f", "json", casePath(name))
	var d document.Document
	if err := json.Unmarshal([]byte(out), &d); err != nil {
		t.Fatalf("report: %v: %s", err, errs)
	}
	if code != wantCode || d.Totals.Keys != keys {
		t.Errorf("report: exit code %d, want %d; %d keys, want %d", code, wantCode, d.Totals.Keys, keys)
	}
	code, out, errs = execute(t, "report", casePath(name))
	out = strings.Join(strings.Fields(out), " ")
	if code != wantCode || !strings.Contains(out, whole) {
		t.Errorf("report: exit code %d, want %d and %s\n%s\n%s", code, wantCode, whole, out, errs)
	}
	if said == "" && strings.Contains(out, "no size is exact") || !strings.Contains(out, said) {
		t.Errorf("the head does not say %q, or says more\n%s", said, out)
	}
}

// TestCaseTwins: what holds the same data is the same to read, whatever is around it.
func TestCaseTwins(t *testing.T) {
	for file, others := range map[string][]string{
		"valkey081-plain.rdb":     {"valkey092-vcs-lz4.rdb", "valkey-vcs-zstd-guess.rdb", "control-bare-lz4.rdb.lz4"},
		"redis7-datadir/dump.rdb": {"nl.cap", "rdbchannel.cap", "redis7-datadir"},
	} {
		want, _ := caseRows(t, "formats/"+file, exitOK)
		if len(want) == 0 {
			t.Errorf("%s: no keys", file)
		}
		for _, other := range others {
			if got, _ := caseRows(t, "formats/"+other, exitOK); fmt.Sprint(plain(got)) != fmt.Sprint(plain(want)) {
				t.Errorf("%s: %v, want as in %s: %v", other, plain(got), file, plain(want))
			}
		}
	}
	// The same hashes take less where the names of fields are in a template.
	templates, _ := caseRows(t, "formats/redis810-template-lp-ref.rdb", exitOK)
	packed, _ := caseRows(t, "formats/same-data-plain-listpack.rdb", exitOK)
	if len(templates) != 100 || len(packed) != 100 {
		t.Fatalf("%d and %d keys", len(templates), len(packed))
	}
	for i, a := range templates {
		if b := packed[i]; a.Key != b.Key || a.Elements != 20 || b.Elements != 20 || a.Type != "hash" || b.Type != "hash" || a.Size >= b.Size {
			t.Errorf("%+v and %+v", a, b)
		}
	}
	tree, _ := caseRows(t, "formats/valkey081-path-hash.rdb", exitOK)
	if i := slices.IndexFunc(tree, func(r caseRow) bool { return r.Key == "tree" }); i < 0 || tree[i].Type != "hash" || tree[i].Elements != 3 {
		t.Errorf("a hash of 3 fields on 2 paths: %+v", tree)
	}
}

// plain is what rows say, with the value of a bound for the pointer to it.
func plain(rows []caseRow) (out []string) {
	for _, r := range rows {
		bound := "unknown"
		if r.Error != nil {
			bound = strconv.FormatInt(*r.Error, 10)
		}
		r.Error = nil
		out = append(out, fmt.Sprintf("%+v %s", r, bound))
	}
	return out
}

// TestCaseNoDump: the answer of DUMP is called that, with the command that leads on.
func TestCaseNoDump(t *testing.T) {
	for _, command := range []string{"check", "keys", "report"} {
		code, out, errs := execute(t, command, casePath("formats/dump-payload.bin"))
		if code != exitFailed || !strings.Contains(errs, "this is what DUMP answers, the value of one key") || !strings.Contains(errs, "redis-cli -x RESTORE NAME 0") {
			t.Errorf("%s: exit code %d: %s", command, code, errs)
		}
		if command != "check" && out != "" {
			t.Errorf("%s prints %q", command, out)
		}
	}
}

// TestCaseAppendOnly: the directory of an AOF has the keys of its base, and says what its
// commands are, which are not in the figures: 50 SET and a FUNCTION. The SELECT before
// them changes nothing.
func TestCaseAppendOnly(t *testing.T) {
	const name = "formats/redis7-datadir/appendonlydir"
	rows, errs := caseRows(t, name, exitPartial)
	if got, want := caseNames(rows), numbered(map[string]int{"base:": 200}); got != want {
		t.Errorf("keys %q, want %q", got, want)
	}
	if !strings.Contains(errs, "51 commands (1.91 KiB) are commands of an append-only file") || !strings.Contains(errs, "SET 50, FUNCTION 1") {
		t.Errorf("keys: %s", errs)
	}
	caseHead(t, name, exitPartial, 200, "✓ whole", "") // the base is
	_, out, _ := execute(t, "report", casePath(name))
	if !strings.Contains(out, "NOT IN HERE: 51 commands, 1.91 KiB, of an append-only file") {
		t.Errorf("the head does not say what is missing\n%s", out)
	}
	// The bytes of the base are whole; commands are no matter of check.
	if code, _, errs := execute(t, "check", casePath(name)); code != exitOK || !strings.Contains(errs, "1960 bytes of commands after the base of this AOF are not analysed") {
		t.Errorf("check: exit code %d: %s", code, errs)
	}
}

// caseTable is a table beside a dump of modules: of each key the number in a column.
func caseTable(t *testing.T, name string, column, keys int) map[string]int64 {
	t.Helper()
	text, err := os.ReadFile(casePath(name))
	if err != nil {
		t.Fatal(err)
	}
	table := map[string]int64{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.TrimSpace(line), "\t")
		n, err := strconv.ParseInt(cells[column], 10, 64)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		table[cells[0]] = n
	}
	if len(table) != keys {
		t.Fatalf("%s: %d keys, want %d", name, len(table), keys)
	}
	return table
}

// holdsTruth reports where a size is further from the truth than its bound, and where
// the sums differ by more than 0.5 %.
func holdsTruth(t *testing.T, rows []caseRow, truth map[string]int64) {
	t.Helper()
	var got, want int64
	for _, r := range rows {
		size, known := truth[r.Key]
		if !known || r.Error == nil || max(r.Size-size, size-r.Size) > *r.Error {
			t.Errorf("%q: %d bytes, exact %v, bound %v; the truth is %d (known: %v)", r.Key, r.Size, r.Exact, plain([]caseRow{r}), size, known)
		}
		got += r.Size
		want += size
	}
	if len(rows) != len(truth) || math.Abs(float64(got)/float64(want)-1) > 0.005 {
		t.Errorf("%d keys of %d bytes, want %d of %d", len(rows), got, len(truth), want)
	}
}

// TestCaseSeriesAndFilters: what MEMORY USAGE of the server that wrote the dump said.
func TestCaseSeriesAndFilters(t *testing.T) {
	const name = "modules/ts14-bloom24-redis7.0.15.rdb"
	rows, _ := caseRows(t, name, exitOK)
	holdsTruth(t, rows, caseTable(t, "modules/ts14-bloom24-redis7.0.15.memory-usage.tsv", 1, 53))
	caseHead(t, name, exitOK, 53, "✓ whole", "")
	_, out, _ := execute(t, "check", casePath(name))
	for _, said := range []string{
		"TSDB-TYPE version 2: 34 values", "MBbloom-- version 4: 5 values", "MBbloomCF version 4: 3 values",
		"TopK-TYPE version 0: 3 values", "CMSk-TYPE version 0: 3 values", "MODULE_2 48, STRING 5", ": ok",
	} {
		if !strings.Contains(out, said) {
			t.Errorf("check does not say %q\n%s", said, out)
		}
	}
}

// TestCaseDocuments: the lengths of documents, and what they take by the formula of
// RedisJSON 8.0, which is that of the table: it holds lengths of texts, plain and as they
// are in the dump, and get_memory without what the server adds for a key. The dump names redis
// 8.4, whose formula is another (packed strings and numbers): the table says nothing of it.
func TestCaseDocuments(t *testing.T) {
	const name, table = "modules/json-v3-as-redis-compresses.rdb", "modules/json-v3-as-redis-compresses.model.tsv"
	texts, stored, figures := caseTable(t, table, 1, 140), caseTable(t, table, 2, 140), caseTable(t, table, 3, 140)
	rows, _ := caseRows(t, name, exitOK, "--server", "redis-8.0")
	args := []string{"show", "-f", "json", "--server", "redis-8.0", casePath(name)}
	for _, r := range rows {
		args = append(args, r.Key)
		// Around the text: type, length and name of the key, the module's id, two opcodes.
		if want := stored[r.Key] + 1 + 1 + int64(len(r.Key)) + 9 + 2; r.InDump != want {
			t.Errorf("%q: %d bytes in the dump, want %d", r.Key, r.InDump, want)
		}
	}
	code, out, errs := execute(t, args...)
	var shown struct {
		Keys []struct {
			caseRow
			Terms []struct {
				Name  string
				Bytes int64
			}
			Preview struct {
				Items []struct{ Value struct{ Bytes int64 } }
			} `json:"value_preview"`
		}
	}
	if err := json.Unmarshal([]byte(out), &shown); err != nil || code != exitOK {
		t.Fatalf("show: exit code %d, %v: %s", code, err, errs)
	}
	var documents []caseRow
	for _, k := range shown.Keys {
		value := k.caseRow
		value.Size = 0
		for _, term := range k.Terms {
			if term.Name == "JSON document" {
				value.Size += term.Bytes
			}
		}
		documents = append(documents, value)
		if len(k.Preview.Items) != 1 || k.Preview.Items[0].Value.Bytes != texts[k.Key] {
			t.Errorf("%q: %+v, want a text of %d bytes", k.Key, k.Preview, texts[k.Key])
		}
	}
	holdsTruth(t, documents, figures)
	caseHead(t, name, exitOK, 140, "✓ whole", "")
	if _, out, _ := execute(t, "check", casePath(name)); !strings.Contains(out, "ReJSON-RL version 3: 140 values") || !strings.Contains(out, "REDIS0012, redis 8.4.0") {
		t.Errorf("check: %s", out)
	}
}
