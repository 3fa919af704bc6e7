package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/parser/rdbtest"
)

// TestDamageInside: a damaged listpack ends no reading, wherever the key stands, and
// all commands count the same. Whether a report warns of it depends on the finished
// sample, which has no order.
func TestDamageInside(t *testing.T) {
	good := rdbtest.NewListpack("a", "b", "c", "d").Bytes()
	bad := slices.Clone(good)
	bad[len(bad)-2] = 7 // the back length of the last entry
	const n = 6000
	for i, damaged := range []int{0, n / 2, n - 1} {
		if i != 1 && testing.Short() {
			continue
		}
		var warned []int64
		for _, order := range []string{"up", "down", "shuffled"} {
			w := head(10).SelectDB(0)
			for i := range n {
				switch order {
				case "down":
					i = n - 1 - i
				case "shuffled":
					i = i * 7919 % n
				}
				blob := good
				if i == damaged {
					blob = bad
				}
				w.Put(fmt.Sprintf("cart:%d\x1b", i), rdbtest.HashListpack(rdbtest.Plain(blob)))
			}
			m := &mutantRunner{dir: t.TempDir(), t: t}
			names, v, text := m.verdicts(w.EOF().Bytes(), true)
			if diff := disagreements(names, v); len(diff) > 0 || v[1].keys != n || v[1].code != exitOK {
				t.Errorf("%d, %s: %+v %s", damaged, order, v, strings.Join(diff, "\n"))
			}
			if v[0].code != exitPartial || !strings.Contains(text, fmt.Sprintf(`(key "cart:%d\x1b"): HASH_LISTPACK: corrupt`, damaged)) {
				t.Errorf("%d, %s: check exits with %d: %s", damaged, order, v[0].code, text)
			}
			_, out, _ := m.run(w.Bytes(), "report", "-f", "json", "-")
			var r struct {
				Warnings []struct {
					Code, Text string
					Count      int64
				}
			}
			if err := json.Unmarshal(out, &r); err != nil {
				t.Fatal(err)
			}
			count := int64(0)
			for _, w := range r.Warnings {
				if w.Code == "damaged-value" {
					if count = w.Count; !strings.Contains(w.Text, fmt.Sprintf(`key "cart:%d\x1b" at offset`, damaged)) {
						t.Errorf("%d, %s: %s", damaged, order, w.Text)
					}
				}
			}
			warned = append(warned, count)
		}
		if warned[0] != warned[1] || warned[0] != warned[2] {
			t.Errorf("key %d: warned of %d times, by order", damaged, warned)
		}
	}
	// Where all are sampled the report warns of all.
	w := head(10).SelectDB(0)
	for i := range 5 {
		w.Put(fmt.Sprintf("k:%d", i), rdbtest.HashListpack(rdbtest.Plain(bad)))
	}
	m := &mutantRunner{dir: t.TempDir(), t: t}
	_, out, _ := m.run(w.EOF().Bytes(), "report", "-f", "json", "-")
	if !strings.Contains(string(out), `"damaged-value"`) || !strings.Contains(string(out), `key \"k:0\" at offset`) {
		t.Errorf("no warning in %s", out)
	}
}
