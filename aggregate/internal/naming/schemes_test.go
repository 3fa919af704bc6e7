package naming_test

import (
	"os"
	"strconv"
	"testing"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/collect"
	"github.com/rdblens/rdblens/aggregate/internal/keytest"
	"github.com/rdblens/rdblens/aggregate/internal/view"
)

// checkSchemes expects one row for each scheme with all its keys but a hundredth.
func checkSchemes(t testing.TB, r *data.Report, n int, s []keytest.Scheme) {
	t.Helper()
	rows := make(map[string]int64)
	for _, p := range r.Patterns {
		rows[p.Pattern] += p.Keys
	}
	for _, x := range s {
		want := int64(n / len(s))
		// What is estimated from the sample may be off by its bound.
		slack := want / 100
		for _, p := range r.Patterns {
			if p.Pattern == x.Pattern && p.Estimated {
				slack = p.Error * want / max(p.Memory, 1)
			}
		}
		if got := rows[x.Pattern]; got < want-slack || got > want+slack {
			t.Errorf("%s: %d keys as %s, want %d", x.Name, got, x.Pattern, want)
		}
	}
	if t.Failed() {
		for _, p := range r.Patterns {
			t.Logf("%-40s %8d %v", p.Pattern, p.Keys, p.Estimated)
		}
	}
}

// TestSchemes finds and names twenty naming schemes with as many ids as keys.
func TestSchemes(t *testing.T) {
	all := append(keytest.Schemes[:len(keytest.Schemes):len(keytest.Schemes)], keytest.Usernames)
	n := 10_000 * len(all)
	cfg := &data.Config{Top: 24}
	s, err := collect.Analyze(t.Context(), data.Input{Name: "x", Reader: keytest.NewSchemeDump(n, all)}, cfg)
	if err != nil {
		t.Fatal(err)
	}
	checkSchemes(t, view.NewReport(s), n, all)
}

// BenchmarkSchemes is the same with 10 million keys, or as many as
// RDBLENS_SCHEME_KEYS says; it also reports the memory of the process.
func BenchmarkSchemes(b *testing.B) {
	n := 10_000_000
	if v, err := strconv.Atoi(os.Getenv("RDBLENS_SCHEME_KEYS")); err == nil {
		n = v
	}
	keytest.ResetPeak()
	for b.Loop() {
		s, err := collect.Analyze(b.Context(), data.Input{Name: "x", Reader: keytest.NewSchemeDump(n, keytest.Schemes)}, new(data.Config))
		if err != nil {
			b.Fatal(err)
		}
		checkSchemes(b, view.NewReport(s), n, keytest.Schemes)
		b.ReportMetric(float64(len(s.Keys.Patterns)), "nodes")
	}
	b.ReportMetric(keytest.PeakRSS(b), "peak-MiB")
}
