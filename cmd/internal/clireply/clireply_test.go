package clireply

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// names are those of lists that the tests ask for.
func names(s string) bool {
	return slices.Contains([]string{"maxmemory", "maxmemory-policy", "requirepass", "total.allocated", "overhead.hashtable.main"}, s)
}

// TestForms: what redis-cli 7.0 prints of the same reply in each of its forms is the same.
func TestForms(t *testing.T) {
	const want = "maxmemory=100;requirepass=;maxmemory-policy=allkeys-lru;total.allocated=1024;overhead.hashtable.main=72"
	forms := map[string]string{
		"raw":       "maxmemory\n100\nproc-title-template\n{title} {mode}\nrequirepass\n\nmaxmemory-policy\nallkeys-lru\ntotal.allocated\n1024\ndb.0\noverhead.hashtable.main\n72\n",
		"crlf":      "maxmemory\r\n100\r\nrequirepass\r\n\r\nmaxmemory-policy\r\nallkeys-lru\r\ntotal.allocated\r\n1024\r\noverhead.hashtable.main\r\n72\r\n",
		"numbered":  " 1) \"maxmemory\"\n 2) \"100\"\n 3) \"requirepass\"\n 4) \"\"\n 5) \"maxmemory-policy\"\n 6) \"allkeys-lru\"\n 1) \"total.allocated\"\n 2) (integer) 1024\n27) \"db.0\"\n28) 1) \"overhead.hashtable.main\"\n    2) (integer) 72\n",
		"RESP 3":    " 1# \"maxmemory\" => \"100\"\n 2# \"requirepass\" => \"\"\n 3# \"maxmemory-policy\" => \"allkeys-lru\"\n 2# \"total.allocated\" => (integer) 1024\n11# \"db.0\" => \n    1# \"overhead.hashtable.main\" => (integer) 72\n",
		"csv":       "\"maxmemory\",\"100\",\"requirepass\",\"\",\"maxmemory-policy\",\"allkeys-lru\"\n\"total.allocated\",1024,\"db.0\",\"overhead.hashtable.main\",72\n",
		"json":      `{"maxmemory":"100","requirepass":"","maxmemory-policy":"allkeys-lru"}` + "\n" + `{"total.allocated":1024,"db.0":{"overhead.hashtable.main":72}}` + "\n",
		"json list": `["maxmemory","100","requirepass","","maxmemory-policy","allkeys-lru","total.allocated",1024,"db.0",["overhead.hashtable.main",72]]`,
		"copied":    "127.0.0.1:6379> CONFIG GET *\nmaxmemory\n100\nrequirepass\n\nmaxmemory-policy\nallkeys-lru\n127.0.0.1:6379[1]> MEMORY STATS\n1) \"total.allocated\"\n2) (integer) 1024\n3) \"overhead.hashtable.main\"\n4) (integer) 72\n",
		"conf":      "# a comment\nmaxmemory 100\nrequirepass \"\"\nmaxmemory-policy allkeys-lru\ntotal.allocated 1024\noverhead.hashtable.main 72\n",
	}
	for form, text := range forms {
		if got := show(t, text); got != want && sorted(got) != sorted(want) {
			t.Errorf("%s: %s", form, got)
		}
	}
}

func sorted(s string) string {
	parts := strings.Split(s, ";")
	slices.Sort(parts)
	return strings.Join(parts, ";")
}

func show(t *testing.T, text string) string {
	t.Helper()
	pairs, err := Pairs(strings.NewReader(text), names)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, p := range pairs {
		if s := p.Name + "=" + p.Value; p.Missing {
			out = append(out, p.Name+" is missing")
		} else if names(p.Name) || strings.Contains(text, "# Memory") {
			out = append(out, s)
		}
	}
	return strings.Join(out, ";")
}

// TestInfo: INFO stands as it is, or is a string of --csv or of JSON.
func TestInfo(t *testing.T) {
	const want = "used_memory=7;db0=keys=1,expires=0,avg_ttl=0;maxmemory=5"
	raw := "# Memory\r\nused_memory:7\r\n\r\n# Keyspace\r\ndb0:keys=1,expires=0,avg_ttl=0\r\n"
	for form, text := range map[string]string{
		"raw": raw + "maxmemory\n5\n", "csv": `"# Memory\r\nused_memory:7\r\n# Keyspace\r\ndb0:keys=1,expires=0,avg_ttl=0\r\n"` + "\n\"maxmemory\",\"5\"\n",
		"json": fmt.Sprintf("%q\n{\"maxmemory\":\"5\"}", raw),
	} {
		if got := show(t, text); got != want {
			t.Errorf("%s: %s", form, got)
		}
	}
}

func TestMissing(t *testing.T) {
	for text, want := range map[string]string{
		"maxmemory\n": "maxmemory is missing", "1) \"maxmemory\"\n": "maxmemory is missing", "maxmemory\n# Memory\nx:1\n": "maxmemory is missing;x=1",
		`{"maxmemory":null}`: "maxmemory is missing", "[\"maxmemory\"]": "maxmemory is missing",
	} {
		if got := show(t, text); got != want {
			t.Errorf("%q: %s", text, got)
		}
	}
}

// TestRefused: what is no text, or has no end.
func TestRefused(t *testing.T) {
	for _, text := range []string{"REDIS0011\x00", strings.Repeat("a", MaxBytes+1)} {
		if _, err := Pairs(strings.NewReader(text), names); err == nil {
			t.Errorf("%.9q… is read", text)
		}
	}
}

// FuzzPairs: no file breaks the reader, and names of lists are those that were asked for.
func FuzzPairs(f *testing.F) {
	f.Add("1) \"maxmemory\"\n2) \"5\"\n{\"a\":[1,{\"maxmemory\":2}]}\n\"# Memory\\nused_memory:1\"\nmaxmemory")
	f.Fuzz(func(t *testing.T, text string) {
		pairs, err := Pairs(strings.NewReader(text), names)
		if err == nil && len(pairs) > len(text) {
			t.Errorf("%d pairs of %d bytes", len(pairs), len(text))
		}
	})
}
