package advice_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/parser/rdbtest"
	"github.com/rdblens/rdblens/report/advice"
)

// Advice is taken from a finished report; thresholds can be moved.
func ExampleSuggest() {
	w := rdbtest.Redis(11).Aux("redis-ver", "7.2.4").Aux("ctime", "1763686800").SelectDB(0)
	for i := range 3000 {
		w.Put(fmt.Sprintf("tmp:%d", i), rdbtest.String(rdbtest.Plain(strings.Repeat("x", 100))))
	}
	summary, err := aggregate.Analyze(context.Background(), aggregate.Input{Name: "shop.rdb", Reader: bytes.NewReader(w.EOF().Bytes())}, &aggregate.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	all := summary.Report()
	suggestions, _ := advice.Suggest(all, advice.Options{Ignore: []string{"duplicates"}})
	for _, s := range suggestions {
		fmt.Println(s.ID, s.Title)
		fmt.Println(s.Evidence.Value("keys_without_ttl"), "keys,", *s.Saves, "bytes;", s.Basis)
	}
	quiet, _ := advice.Suggest(all, advice.Options{Ignore: []string{"duplicates"}, Thresholds: map[string]map[string]int64{"R02": {"min-keys": 10_000}}})
	fmt.Println(len(quiet), "with a higher threshold")
	// Output:
	// R02 tmp:{int} (string): 3,000 keys never expire; the name says tmp
	// 3000 keys, 503200 bytes; upper bound: 491 KiB freed if all expired, less 102 KiB that TTLs cost
	// 0 with a higher threshold
}

// A rule tells its thresholds with their units.
func ExampleRules() {
	for _, r := range advice.Rules() {
		if r.Name == "ttl-storm" {
			fmt.Println(r.ID, r.Title)
			for _, t := range r.Thresholds {
				fmt.Println(t.Name, t)
			}
		}
	}
	// Output:
	// R06 Many keys that expire at the same time
	// min-keys 1,000 keys
	// min-share 1 %
	// max-width 1 h
}
