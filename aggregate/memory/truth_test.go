package memory_test

import (
	"bufio"
	"compress/gzip"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// truthMeta is what a truth file says of the server it was taken from.
type truthMeta struct {
	Server string   `json:"server"`
	Config []string `json:"config"`
	Empty  struct {
		UsedMemory int64 `json:"used_memory,string"`
	} `json:"empty"`
	Loaded struct {
		UsedMemory int64 `json:"used_memory,string"`
	} `json:"loaded"`
	Dump       string `json:"dump"`
	Keys       int    `json:"keys"`
	KeysInDump int    `json:"keys_in_dump"` // where the server dropped expired ones
	Sum        int64  `json:"sum_memory_usage"`
}

// truthKey is what the server said of one key.
type truthKey struct {
	typ, encoding string
	usage         int64
}

// truthDirs returns the folders that hold truth: the one in the repository and,
// beside the checkout, the full collection.
func truthDirs(t testing.TB) (own, shared string) {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if st, err := os.Stat(filepath.Join(dir, "testdata", "truth")); err == nil && st.IsDir() && own == "" {
			own = filepath.Join(dir, "testdata", "truth")
		}
		if st, err := os.Stat(filepath.Join(dir, "shared", "truth")); err == nil && st.IsDir() {
			return own, filepath.Join(dir, "shared", "truth")
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return own, ""
		}
		dir = parent
	}
}

func readMeta(t testing.TB, path string) (m truthMeta) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return m
}

func readTruth(t testing.TB, path string) map[string]truthKey {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]truthKey{}
	sc := bufio.NewScanner(z)
	sc.Buffer(nil, 1<<24)
	for sc.Scan() {
		p := strings.Split(sc.Text(), "\t")
		if p[0] == "db" {
			continue
		}
		name, err := hex.DecodeString(p[1])
		if err != nil {
			t.Fatal(err)
		}
		usage, err := strconv.ParseInt(p[4], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		keys[p[0]+"/"+string(name)] = truthKey{p[2], p[3], usage}
	}
	if err := sc.Err(); err != nil {
		t.Fatal(err)
	}
	return keys
}

// profileOf returns the profile of a truth file: its name carries the
// allocator, its description the settings.
func profileOf(t testing.TB, m *truthMeta) memory.Profile {
	t.Helper()
	p := memory.Profile{Config: memory.DefaultConfig()}
	server, build := m.Server, ""
	for _, suffix := range []string{"-debian", "-libc"} {
		if s, ok := strings.CutSuffix(server, suffix); ok {
			server, build = s, suffix
		}
	}
	switch build {
	case "-debian":
		p.Allocator = memory.JemallocDebian
	case "-libc":
		p.Allocator = memory.Libc
	}
	var err error
	if p.Server, err = memory.ParseServer(server); err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(m.Config); i += 2 {
		setting := strings.TrimPrefix(m.Config[i], "--")
		if _, err := p.Config.Set(setting, m.Config[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// sizeDump reads a dump and sizes every key under p; sized is called for each.
func sizeDump(t testing.TB, path string, p memory.Profile, explain bool, sized func(k *parser.Key, s memory.Size, m memory.Meter)) *parser.Info {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m := memory.NewMeter(p, explain)
	r := parser.NewReader(f, parser.Options{Walk: m.NeedsWalk})
	defer r.Close()
	for {
		b, err := r.Next()
		if err == io.EOF {
			return r.Info()
		}
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for i := range b.Keys {
			k := &b.Keys[i]
			if !k.Is(parser.Continued) {
				m.Begin(k)
			}
			m.Elements(b, k, b.Elements(k))
			if !k.Is(parser.More) {
				sized(k, m.End(k), m)
			}
		}
		b.Release()
	}
}

// comparison is the outcome for one truth file.
type comparison struct {
	group     map[string]*groupResult
	keys      int
	exact     int
	encodings int // mispredicted
	missing   int // at the server only
	dropped   int // in the dump only
	predicted int64
	measured  int64
	used      int64 // predicted used_memory
}

// groupResult is the outcome for one type and encoding.
type groupResult struct {
	keys, exact    int
	model, server  int64
	beyond         int // further off than twice the admitted error
	claimed, wrong int // keys the model calls exact, and those of them that are not
	first          string
}

func (g *groupResult) percentOff() float64 {
	if g.server == 0 {
		return 0
	}
	return 100 * float64(g.model-g.server) / float64(g.server)
}

func compareTruth(t testing.TB, dump string, p memory.Profile, truth map[string]truthKey) *comparison {
	t.Helper()
	c := &comparison{group: map[string]*groupResult{}}
	var resident int64
	seen := map[string]bool{}
	expires := map[int32]int64{}
	keys := map[int32]int64{}
	info := sizeDump(t, dump, p, true, func(k *parser.Key, s memory.Size, m memory.Meter) {
		id := fmt.Sprintf("%d/%s", k.DB, k.Name)
		var sum int64
		for _, term := range m.Terms() {
			sum += term.Bytes
			if term.Name == "" || term.Source == "" {
				t.Errorf("key %q: a term without name or source: %+v", k.Name, term)
			}
		}
		if sum != s.Bytes {
			t.Errorf("key %q: terms sum to %d, size is %d: %+v", k.Name, sum, s.Bytes, m.Terms())
		}
		w, ok := truth[id]
		if !ok {
			c.dropped++
			return
		}
		seen[id] = true
		resident += s.Resident
		keys[k.DB]++
		if k.Is(parser.HasExpiry) {
			expires[k.DB]++
		}
		c.keys++
		have := s.Encoding.String()
		if s.Encoding == memory.EncodingModule {
			have = "raw" // what OBJECT ENCODING prints for every module type
		}
		if have != w.encoding {
			c.encodings++
			if c.encodings <= 5 {
				t.Errorf("key %q (type %d, %d elements): encoding %s, server says %s", k.Name, k.Type, k.Count, have, w.encoding)
			}
		}
		name := w.typ + " " + w.encoding
		g := c.group[name]
		if g == nil {
			g = &groupResult{}
			c.group[name] = g
		}
		g.keys++
		g.model += s.Bytes
		g.server += w.usage
		c.predicted += s.Bytes
		c.measured += w.usage
		off := s.Bytes - w.usage
		if off == 0 {
			g.exact++
			c.exact++
		} else if g.first == "" {
			g.first = fmt.Sprintf("%q type %d count %d len %d: %d, server %d (%+d)", k.Name, k.Type, k.Count, k.Len, s.Bytes, w.usage, off)
		}
		if s.Exact {
			g.claimed++
			if off != 0 {
				g.wrong++
			}
		}
		if max(off, -off) > 2*s.Error+1 {
			g.beyond++
			t.Logf("%s: key %.40q type %d count %d: %d, server %d, error %d", name, k.Name, k.Type, k.Count, s.Bytes, w.usage, s.Error)
		}
	})
	c.used = resident + p.BaselineBytes()
	for _, d := range info.Databases {
		c.used += p.LoadedKeyspaceBytes(keys[d.DB], expires[d.DB], d.DeclaredKeys, d.DeclaredExpires)
	}
	c.missing = len(truth) - len(seen)
	return c
}

// deterministic lists the encodings without any random part on servers whose
// tables are dicts.
var deterministic = map[string]bool{"int": true, "embstr": true, "raw": true, "listpack": true, "ziplist": true,
	"listpackex": true, "intset": true, "quicklist": true, "stream": true}

// TestTruth compares the model with what servers said of every key of dumps
// they had loaded.
func TestTruth(t *testing.T) {
	own, shared := truthDirs(t)
	files := map[string]string{}
	for _, dir := range []string{shared, own, filepath.Dir(own)} {
		if dir == "" || dir == "." {
			continue
		}
		names, err := filepath.Glob(filepath.Join(dir, "*.tsv.gz"))
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range names {
			files[strings.TrimSuffix(filepath.Base(n), ".tsv.gz")] = dir
		}
	}
	if len(files) == 0 {
		t.Skip("no truth: neither testdata/truth nor ../shared/truth is there")
	}
	if shared == "" {
		t.Log("../shared/truth is absent: only the lines in testdata/truth are compared")
	}
	names := make([]string, 0, len(files))
	for n := range files {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			dir := files[name]
			meta := readMeta(t, filepath.Join(dir, name+".json"))
			dump := filepath.Join(dir, meta.Dump)
			if _, err := os.Stat(dump); err != nil {
				t.Skipf("the dump %s is not here", meta.Dump)
			}
			p := profileOf(t, &meta)
			truth := readTruth(t, filepath.Join(dir, name+".tsv.gz"))
			c := compareTruth(t, dump, p, truth)
			report(t, c)
			judge(t, p, c, &meta)
		})
	}
}

func report(t *testing.T, c *comparison) {
	groups := make([]string, 0, len(c.group))
	for n := range c.group {
		groups = append(groups, n)
	}
	sort.Strings(groups)
	for _, n := range groups {
		g := c.group[n]
		t.Logf("%-18s %5d keys %7.2f%% exact, sum %+.4f%%, called exact %d, wrongly %d, beyond their error %d %s", n, g.keys,
			100*float64(g.exact)/float64(g.keys), g.percentOff(), g.claimed, g.wrong, g.beyond, g.first)
	}
	t.Logf("all: %d keys, %.3f%% exact, sum %+.4f%%, used_memory predicted %d", c.keys,
		100*float64(c.exact)/float64(c.keys), 100*float64(c.predicted-c.measured)/float64(c.measured), c.used)
}

// judge holds the model against what it promises for a whole dump.
func judge(t *testing.T, p memory.Profile, c *comparison, meta *truthMeta) {
	if expired := max(0, meta.KeysInDump-meta.Keys); c.keys != meta.Keys || c.dropped != expired {
		t.Errorf("%d keys compared of %d, %d in the dump only, of which %d had expired", c.keys, meta.Keys, c.dropped, expired)
	}
	if c.measured != meta.Sum {
		t.Errorf("truth sums to %d, not to %d", c.measured, meta.Sum)
	}
	judgeKeys(t, p, c)
	used := 100 * float64(c.used-meta.Loaded.UsedMemory) / float64(meta.Loaded.UsedMemory)
	t.Logf("used_memory %d, predicted %+.4f%%", meta.Loaded.UsedMemory, used)
	if used < -0.5 || used > 0.5 {
		t.Errorf("used_memory predicted as %d, was %d (%+.3f%%)", c.used, meta.Loaded.UsedMemory, used)
	}
}

// judgeKeys holds the sizes of keys against what the model promises for them.
func judgeKeys(t *testing.T, p memory.Profile, c *comparison) {
	if c.missing != 0 {
		t.Errorf("%d keys of the server are not in the dump", c.missing)
	}
	if c.encodings != 0 {
		t.Errorf("%d encodings mispredicted", c.encodings)
	}
	libc := p.Allocator == memory.Libc
	for name, g := range c.group {
		_, encoding, _ := strings.Cut(name, " ")
		off := g.percentOff()
		switch {
		case libc:
			if off < -0.1 || off > 0.1 {
				t.Errorf("%s: sum off by %+.4f%%", name, off)
			}
		case p.Config.ListCompressDepth > 0 && strings.HasPrefix(name, "list") && encoding == "quicklist":
			// Pushed item by item, so the dump does not know what LZF makes
			// of the nodes: the error bound must hold.
		case deterministic[encoding]:
			if g.exact != g.keys || g.claimed != g.keys {
				t.Errorf("%s: %d of %d keys exact, %d called exact; first: %s", name, g.exact, g.keys, g.claimed, g.first)
			}
		case encoding == "hashtable":
			if off < -0.1 || off > 0.1 {
				t.Errorf("%s: sum off by %+.4f%%", name, off)
			}
		default:
			if off < -0.5 || off > 0.5 {
				t.Errorf("%s: sum off by %+.4f%%", name, off)
			}
		}
		if g.wrong != 0 {
			t.Errorf("%s: %d keys called exact are not", name, g.wrong)
		}
		// Four standard deviations: rare, but not for figures of few outcomes.
		if g.beyond > 1+g.keys/50 {
			t.Errorf("%s: %d keys are further off than twice their error bound", name, g.beyond)
		}
	}
}
