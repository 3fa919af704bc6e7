package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/pprof/profile"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report"
	"github.com/rdblens/rdblens/report/internal/reporttest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// handed are the formats that other programs open.
var handed = []report.Format{report.Markdown, report.CSV, report.Pprof, report.Folded, report.Ncdu, report.Prometheus}

// documentOf returns a document of reporttest, with groups where those made by hand have
// patterns only.
func documentOf(name string) *report.Document {
	d := reporttest.Documents[name]()
	if len(d.Groups) == 0 {
		for _, p := range d.Patterns {
			if p.Pattern != "[other]" {
				d.Groups = append(d.Groups, p)
			}
		}
	}
	return d
}

// written renders a document; a profile as text.
func written(t testing.TB, d *report.Document, f report.Format, o *report.Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := report.Write(&b, d, f, o); err != nil {
		t.Fatal(err)
	}
	if f != report.Pprof {
		return b.Bytes()
	}
	p, err := profile.Parse(&b)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.CheckValid(); err != nil {
		t.Fatal(err)
	}
	return []byte(p.String())
}

// TestFormatGoldens holds what is written of reports made by hand: empty, partial, of
// several sources, with hostile names, with the largest numbers.
func TestFormatGoldens(t *testing.T) {
	for name := range reporttest.Documents {
		for _, f := range handed {
			got := written(t, documentOf(name), f, nil)
			reporttest.Golden(t, name+"."+string(f), got, *update)
			reporttest.CheckPrintable(t, bytes.ReplaceAll(got, []byte("\t"), nil))
		}
	}
}

// TestCSVTables: every table is CSV with as many fields in each row as in its head, and
// no text in it is a formula.
func TestCSVTables(t *testing.T) {
	number := regexp.MustCompile(`^-?[0-9.]+$`)
	for name := range reporttest.Documents {
		for _, table := range report.KindReport.CSVTables() {
			text := written(t, documentOf(name), report.CSV, &report.Options{Table: table})
			records, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
			if err != nil || len(records) == 0 || len(records[0]) < 2 {
				t.Errorf("%s, %s: %v, %d records", name, table, err, len(records))
				continue
			}
			for _, r := range records {
				for _, field := range r {
					if field != "" && strings.ContainsAny(field[:1], "=+-@") && !number.MatchString(field) {
						t.Errorf("%s, %s: %q is a formula", name, table, field)
					}
				}
			}
		}
	}
	if err := report.Write(&bytes.Buffer{}, documentOf("shop"), report.CSV, &report.Options{Table: "nope"}); err == nil {
		t.Error("a table that there is not was written")
	}
}

// hostilePatterns are what names may do to a format.
var hostilePatterns = []string{"", "a;b 5", "x 12", "#:1", ".", "..", "a/../../etc", "/etc/passwd", " ", "a\nb 7", "\"q\":\\", "=1+1", "{int}:{{x}}", "\u202e:x", "ä:ö", strings.Repeat("long", 300), "<script>:1", "\xff\x00:1", "_[k]:1"}

func hostileDocument() *report.Document {
	d := documentOf("shop")
	d.Groups, d.Patterns = nil, nil
	for i, p := range hostilePatterns {
		for k, typ := range []string{"string", "ha\"sh\n"} {
			g := aggregate.PatternRow{Pattern: p, Type: typ, Keys: int64(i + k + 1), Memory: int64(1000 + i*7 + k), KeysWithoutTTL: int64(k), MemoryWithoutTTL: int64(k * 10), Encodings: map[string]int64{"raw": 1, "in,t": 2}}
			d.Groups = append(d.Groups, g)
		}
	}
	d.Patterns = slices.Clone(d.Groups)
	d.Sources[0].Name = "/etc/\"shadow\"\n"
	return d
}

func sumOf(groups []aggregate.PatternRow) (keys, memory int64) {
	for i := range groups {
		keys, memory = keys+groups[i].Keys, memory+groups[i].Memory
	}
	return keys, memory
}

// TestFoldedIsRead: a line is a stack and a number, however names are made, by the
// expressions of flamegraph.pl; stacks are few enough apart to be told.
func TestFoldedIsRead(t *testing.T) {
	line := regexp.MustCompile(`^(.*)\s+?(\d+(?:\.\d*)?)$`)
	d := hostileDocument()
	_, want := sumOf(d.Groups)
	var got int64
	stacks := map[string]bool{}
	for l := range strings.Lines(string(written(t, d, report.Folded, nil))) {
		l = strings.TrimSuffix(l, "\n")
		m := line.FindStringSubmatch(l)
		if m == nil || strings.HasPrefix(l, "#") {
			t.Errorf("%q is not read", l)
			continue
		}
		if line.MatchString(m[1]) {
			t.Errorf("%q is taken for two values", l)
		}
		if stacks[m[1]] {
			t.Errorf("%q is there twice", m[1])
		}
		stacks[m[1]] = true
		n, _ := strconv.ParseInt(m[2], 10, 64)
		got += n
	}
	if got != want || len(stacks) != len(hostilePatterns) {
		t.Errorf("%d bytes in %d stacks, want %d in %d", got, len(stacks), want, len(hostilePatterns))
	}
}

// TestNcduIsRead: the export has the shape that ncdu wants, names are single names of a
// path, and no directory has two entries of one name.
func TestNcduIsRead(t *testing.T) {
	d := hostileDocument()
	var export []any
	if err := json.Unmarshal(written(t, d, report.Ncdu, nil), &export); err != nil {
		t.Fatal(err)
	}
	if len(export) != 4 || export[0] != 1.0 || export[1] != 2.0 {
		t.Fatalf("head %v", export[:3])
	}
	_, want := sumOf(d.Groups)
	var got int64
	var read func(item any) string
	read = func(item any) string {
		list, dir := item.([]any)
		info := item
		if dir {
			info = list[0]
		}
		object := info.(map[string]any)
		name := object["name"].(string)
		if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\x00\n\u202e") {
			t.Errorf("the name %q is no single name", name)
		}
		if n, ok := object["dsize"].(float64); ok {
			if n != object["asize"] {
				t.Errorf("%q: %v", name, object)
			}
			got += int64(n)
		}
		names := map[string]bool{}
		for i := 1; i < len(list); i++ {
			if n := read(list[i]); names[n] {
				t.Errorf("%q has %q twice", name, n)
			} else {
				names[n] = true
			}
		}
		return name
	}
	read(export[3])
	if got != want {
		t.Errorf("%d bytes, want %d", got, want)
	}
}

// TestMetricsAreRead reads the exposition format as its documentation has it: no series
// twice, no time, types and help in front, and cardinality within its bounds.
func TestMetricsAreRead(t *testing.T) {
	d := hostileDocument()
	for i := range 5000 {
		n := strconv.Itoa(i)
		d.Patterns = append(d.Patterns, aggregate.PatternRow{Pattern: "p" + n, Type: "string", Keys: 1, Memory: 1})
		d.ByType = append(d.ByType, aggregate.TypeRow{DB: int32(i), Type: "string", Encoding: "raw", Keys: 1, Memory: 1})
		d.Sources = append(d.Sources, aggregate.Source{Name: n, Ctime: d.Sources[0].Ctime})
	}
	series := checkMetrics(t, written(t, d, report.Prometheus, nil))
	if len(series) > 2000 {
		t.Errorf("%d series", len(series))
	}
	_, memory := sumOf(d.Patterns)
	var got int64
	for s, n := range series {
		if strings.HasPrefix(s, "rdblens_pattern_memory_bytes{") {
			got += n
		}
	}
	if got != memory {
		t.Errorf("patterns have %d bytes, want %d", got, memory)
	}
}

// checkMetrics returns the values by series.
func checkMetrics(t *testing.T, text []byte) map[string]int64 {
	t.Helper()
	comment := regexp.MustCompile(`^# (TYPE ([a-z_]+) gauge|HELP ([a-z_]+) .+|UNIT ([a-z_]+) [a-z]+|EOF)$`)
	value := regexp.MustCompile(`^(([a-z_]+)\{[a-z]+="(?:[^"\\\n]|\\[\\"n])*"(?:,[a-z]+="(?:[^"\\\n]|\\[\\"n])*")*\}) (-?[0-9]+)$`)
	series, types, last := map[string]int64{}, map[string]bool{}, ""
	for l := range strings.Lines(string(text)) {
		l = strings.TrimSuffix(l, "\n")
		if m := comment.FindStringSubmatch(l); m != nil {
			if m[2] != "" && types[m[2]] {
				t.Errorf("%s has a type twice", m[2])
			}
			types[m[2]] = true
			if m[2] != "" {
				last = m[2]
			}
			continue
		}
		m := value.FindStringSubmatch(l)
		if m == nil || m[2] != last {
			t.Errorf("behind the type of %s: %q", last, l)
			continue
		}
		if _, twice := series[m[1]]; twice {
			t.Errorf("%s twice", m[1])
		}
		series[m[1]], _ = strconv.ParseInt(m[3], 10, 64)
	}
	if !bytes.HasSuffix(text, []byte("# EOF\n")) {
		t.Error("no end")
	}
	return series
}

// TestProfileAddsUp: the samples of a profile are all keys, its stacks end in the whole
// pattern.
func TestProfileAddsUp(t *testing.T) {
	d := hostileDocument()
	var b bytes.Buffer
	if err := report.Write(&b, d, report.Pprof, nil); err != nil {
		t.Fatal(err)
	}
	again := bytes.Clone(b.Bytes())
	p, err := profile.Parse(&b)
	if err != nil {
		t.Fatal(err)
	}
	wantKeys, wantMemory := sumOf(d.Groups)
	var keys, memory int64
	leaves := map[string]bool{}
	for _, s := range p.Sample {
		keys, memory = keys+s.Value[0], memory+s.Value[1]
		leaves[s.Location[0].Line[0].Function.Name] = true
		if s.Label["type"] == nil || s.Label["encoding"] == nil || s.Label["ttl"] == nil {
			t.Errorf("labels %v", s.Label)
		}
	}
	if keys != wantKeys || memory != wantMemory || len(leaves) != len(hostilePatterns) {
		t.Errorf("%d keys, %d bytes, %d leaves; want %d, %d, %d", keys, memory, len(leaves), wantKeys, wantMemory, len(hostilePatterns))
	}
	b.Reset()
	if err := report.Write(&b, hostileDocument(), report.Pprof, nil); err != nil || !bytes.Equal(b.Bytes(), again) {
		t.Errorf("equal reports are different profiles (%v)", err)
	}
}
