package html

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/document"
	"github.com/rdblens/rdblens/report/internal/reporttest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func render(t testing.TB, d *document.Document) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteReport(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// withoutAssets leaves out what is the same in every page and has tests of its own.
func withoutAssets(page string) string {
	a := pageAssets()
	page = strings.Replace(page, a.script, "SCRIPT", 1)
	page = strings.Replace(page, a.style, "STYLE", 1)
	return regexp.MustCompile(`content="default-src[^"]*"`).ReplaceAllString(page, `content="POLICY"`)
}

// TestGolden holds the pages of reports made by hand: empty, partial, of several sources,
// with hostile names.
func TestGolden(t *testing.T) {
	for name, document := range reporttest.Documents {
		t.Run(name, func(t *testing.T) {
			reporttest.Golden(t, name+".html", []byte(withoutAssets(render(t, document()))), *update)
		})
	}
	var b bytes.Buffer
	if err := WriteDiff(&b, reporttest.Diffed(t)); err != nil {
		t.Fatal(err)
	}
	reporttest.Golden(t, "diff.html", []byte(withoutAssets(b.String())), *update)
}

// TestTrend: the page holds the JSON of the trend.
func TestTrend(t *testing.T) {
	d := reporttest.Trended(t)
	var b bytes.Buffer
	if err := WriteTrend(&b, d); err != nil {
		t.Fatal(err)
	}
	reporttest.Golden(t, "trend.html", []byte(withoutAssets(b.String())), *update)
	want, err := json.Marshal(document.CompleteTrend(d))
	if err != nil {
		t.Fatal(err)
	}
	if got := dataOf(t, b.String()); !reflect.DeepEqual(reporttest.Decoded(t, got), reporttest.Decoded(t, string(want))) {
		t.Error("the page holds other JSON than the trend")
	}
}

// TestWhatIf: the page holds the JSON of the comparison.
func TestWhatIf(t *testing.T) {
	for name, comparison := range reporttest.Comparisons {
		x := comparison()
		var b bytes.Buffer
		if err := WriteWhatIf(&b, x); err != nil {
			t.Fatal(err)
		}
		want, err := json.Marshal(document.CompleteWhatIf(x))
		if err != nil {
			t.Fatal(err)
		}
		if got := dataOf(t, b.String()); !reflect.DeepEqual(reporttest.Decoded(t, got), reporttest.Decoded(t, string(want))) {
			t.Errorf("%s: the page holds other JSON than the comparison", name)
		}
	}
}

var block = regexp.MustCompile(`<script type="application/[a-z-]+" id="data"( data-packed="gzip, base64")?>([^<>]*)</script>`)

// dataOf returns the JSON of a page.
func dataOf(t testing.TB, page string) string {
	t.Helper()
	m := block.FindAllStringSubmatch(page, -1)
	if len(m) != 1 {
		t.Fatalf("%d blocks of data", len(m))
	}
	if m[0][1] == "" {
		return m[0][2]
	}
	packed, err := base64.StdEncoding.DecodeString(m[0][2])
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestPolicy: the page has the one policy, which names the hash of its one script and its
// one style, and lets nothing else in.
func TestPolicy(t *testing.T) {
	page := render(t, reporttest.ShopDocument())
	m := regexp.MustCompile(`<meta http-equiv="Content-Security-Policy" content="([^"]*)">`).FindAllStringSubmatch(page, -1)
	if len(m) != 1 {
		t.Fatalf("%d policies", len(m))
	}
	policy := map[string]string{}
	for part := range strings.SplitSeq(strings.ReplaceAll(m[0][1], "&#39;", "'"), "; ") {
		name, value, _ := strings.Cut(part, " ")
		policy[name] = value
	}
	hash := func(open string) string {
		parts := strings.Split(page, open)
		if len(parts) != 2 {
			t.Fatalf("%d times %s", len(parts)-1, open)
		}
		text, _, _ := strings.Cut(parts[1], "</"+open[1:])
		sum := sha256.Sum256([]byte(text))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	want := map[string]string{
		"default-src": "'none'", "script-src": hash("<script>"), "style-src": hash("<style>"), "base-uri": "'none'", "form-action": "'none'",
		"require-trusted-types-for": "'script'", "trusted-types": "'none'",
	}
	if !reflect.DeepEqual(policy, want) {
		t.Errorf("policy %v, want %v", policy, want)
	}
	if strings.Index(page, "Content-Security-Policy") > strings.Index(page, "<style>") {
		t.Error("the style comes before the policy")
	}
}

// TestScriptMakesNoMarkup: the script has no way to make markup or code of text, and
// names no address.
func TestScriptMakesNoMarkup(t *testing.T) {
	a := pageAssets()
	if m := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|\beval\b|new Function|setAttribute\("style|\.srcdoc|fetch\(|XMLHttpRequest|WebSocket|import\(|https?:|//[a-z]+\.`).FindString(a.script); m != "" {
		t.Errorf("the script has %q", m)
	}
	if m := regexp.MustCompile(`url\(|@import|https?:`).FindString(a.style); m != "" {
		t.Errorf("the style has %q", m)
	}
	if strings.Contains(strings.ToLower(a.script+a.style), "</") {
		t.Error("the script or the style could end its element")
	}
}

// hostile are names that would be markup, end the element of the data, or turn text
// around.
var hostile = []string{
	"<script>alert(1)</script>", "</script><script>alert(1)</script>", "<!--<script>", "]]>", `"><img src=x onerror=alert(1)>`, `' onclick='x`,
	"\u202egnp.exe", "a\x00b", "\u2028\u2029", "&lt;b&gt;", "\xff\xfe", strings.Repeat("<long>", 1<<15), "__proto__", "${x}", "`",
}

// TestHostileNames: whatever keys are called, no byte of a name is markup, and the data
// holds it as it is.
func TestHostileNames(t *testing.T) {
	for _, large := range []bool{false, true} {
		d := reporttest.ShopDocument()
		d.Groups = nil
		names := hostile
		if !large {
			names = append(append([]string{}, hostile[:11]...), hostile[12:]...)
		}
		for _, name := range names {
			g := aggregate.PatternRow{Pattern: name, Match: name, Type: name, Example: name, Keys: 1, Memory: 100, Encodings: map[string]int64{name: 1}}
			d.Groups, d.Patterns = append(d.Groups, g), append(d.Patterns, g)
			d.Sources[0].Name = name
		}
		page := render(t, d)
		text := dataOf(t, page)
		if got := strings.Contains(page, "data-packed"); got != large {
			t.Errorf("packed: %v, want %v", got, large)
		}
		rest := withoutAssets(page)
		if n := strings.Count(rest, "<script"); n != 2 {
			t.Errorf("%d scripts", n)
		}
		for _, r := range rest {
			if r != '\n' && !unicode.IsPrint(r) {
				t.Errorf("the page has %q", r)
				break
			}
		}
		if m := regexp.MustCompile(`<(img|iframe|object|embed|svg|link|base)|<[a-z]+[^>]* on[a-z]+=`).FindString(rest); m != "" {
			t.Errorf("the page has %q", m)
		}
		var data struct {
			Groups struct {
				Columns []string
				Blocks  [][][]json.RawMessage
			}
		}
		if err := json.Unmarshal([]byte(text), &data); err != nil {
			t.Fatal(err)
		}
		for i, name := range names {
			var got string
			if err := json.Unmarshal(data.Groups.Blocks[0][0][i], &got); err != nil || got != strings.ToValidUTF8(name, "\ufffd") && name != "\xff\xfe" {
				t.Errorf("%.40q is in the data as %.40q, %v", name, got, err)
			}
		}
	}
}

// TestColumns: the columns hold every field of every row, as the JSON report does.
func TestColumns(t *testing.T) {
	rows := make([]aggregate.PatternRow, 300)
	idle := int64(7)
	for i := range rows {
		rows[i] = aggregate.PatternRow{Pattern: fmt.Sprint("p", i), Keys: int64(i), MemoryShare: aggregate.Ratio(i), Encodings: map[string]int64{"raw": int64(i)}}
		if i%3 == 0 {
			rows[i].IdleP50 = &idle
		}
	}
	b, err := json.Marshal(columnsOf(rows))
	if err != nil {
		t.Fatal(err)
	}
	var c struct {
		Columns []string
		Blocks  [][][]any
	}
	if err := json.Unmarshal(b, &c); err != nil {
		t.Fatal(err)
	}
	var got []any
	for _, block := range c.Blocks {
		for i := range block[0] {
			row := map[string]any{}
			for k, name := range c.Columns {
				row[name] = block[k][i]
			}
			got = append(got, row)
		}
	}
	text, err := json.Marshal(rows)
	if err != nil {
		t.Fatal(err)
	}
	var want []any
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	for i := range got { // what JSON leaves out where it says nothing is null or 0 in a column
		row := got[i].(map[string]any)
		maps.DeleteFunc(row, func(name string, v any) bool {
			_, in := want[i].(map[string]any)[name]
			return !in && (v == nil || v == 0.0)
		})
	}
	if !reflect.DeepEqual(got, want) {
		t.Error("the columns hold other rows than the JSON")
	}
}

// TestSize: a page with 10,000 groups whose figures are all different is below 1 MB.
func TestSize(t *testing.T) {
	d := reporttest.ShopDocument()
	d.Groups = manyGroups(10_000)
	page := render(t, d)
	if len(page) >= 1e6 {
		t.Errorf("10,000 groups are %d bytes", len(page))
	}
	t.Logf("10,000 groups are %d bytes", len(page))
	if !strings.Contains(page, "data-packed") {
		t.Error("a large page is not packed")
	}
}

// manyGroups makes rows as those of a large key space: a few keys or thousands, sizes all
// over.
func manyGroups(n int) []aggregate.PatternRow {
	seed := uint64(1)
	random := func(below int64) int64 { // PCG's generator, without its permutation
		seed = seed*6364136223846793005 + 1442695040888963407
		return int64(seed>>33) % below
	}
	word := func() string {
		b := make([]byte, 0, 8)
		for range 2 + random(2) {
			b = append(b, "bcdfghklmnprstvwz"[random(17)], "aeiou"[random(5)])
		}
		return string(b)
	}
	rows := make([]aggregate.PatternRow, n)
	team := word()
	for i := range rows {
		if i%20 == 0 {
			team = word()
		}
		name := team + ":" + word()
		keys := 1 + random(1+random(5000))
		avg := 56 + random(1+random(20_000))
		noTTL := random(keys + 1)
		idle := random(1 + random(9_000_000))
		typ := []string{"string", "hash", "zset", "set", "list"}[random(5)]
		rows[i] = aggregate.PatternRow{
			Pattern: name + ":{int}", Match: name + ":*", Type: typ, Role: "unknown", Keys: keys, Memory: keys * avg, MemoryShare: aggregate.Ratio(random(30)), AvgBytes: avg,
			KeysWithoutTTL: noTTL, MemoryWithoutTTL: noTTL * avg, Encodings: map[string]int64{"listpack": keys}, P50: avg * 7 / 8, P90: avg * 5 / 4, P99: avg * 3 / 2, Max: avg * 2,
			ElementsP50: 1 + random(20), ElementsP90: 20 + random(30), ElementsP99: 60, ElementsMax: 60 + random(500), IdleP50: &idle, IdleMemoryP50: &idle, IdleMemoryP90: &idle, IdleMemoryP99: &idle,
			Example: fmt.Sprintf("%s:%d", name, random(100_000)), PurePattern: name + ":{int}", Elements: keys * (1 + random(20)), KeyName: keys * 20,
			Payload: keys * avg * 3 / 4, Waste: keys * avg / 16, Resident: keys * avg, Overhead: keys*avg - keys*avg*3/4 - keys*avg/16,
		}
	}
	return rows
}

// TestFailingWriter: an error of the writer is reported.
func TestFailingWriter(t *testing.T) {
	if err := WriteReport(reporttest.FailAfter(1000), reporttest.ShopDocument()); !errors.Is(err, reporttest.ErrFull) {
		t.Errorf("error %v", err)
	}
}
