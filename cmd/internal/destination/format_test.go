package destination

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/report"
)

func TestTargets(t *testing.T) {
	for _, tt := range []struct {
		f    *Formats
		path string
		want Target
		bad  string
	}{
		{&ReportFormats, "a/b.JSON", Target{Path: "a/b.JSON", Format: report.JSON}, ""},
		{&ReportFormats, "x.txt", Target{Path: "x.txt", Format: report.Text}, ""},
		{&ReportFormats, "dir/", Target{Path: "dir/", Dir: true}, ""},
		{&ReportFormats, "-", Target{Path: "-"}, ""},
		{&ReportFormats, "x.json.gz", Target{}, "suffixes"},
		{&ReportFormats, "x.csv", Target{Path: "x.csv", Format: report.CSV}, ""},
		{&ReportFormats, "x.pb.gz", Target{Path: "x.pb.gz", Format: report.Pprof}, ""},
		{&ReportFormats, "a.b.folded", Target{Path: "a.b.folded", Format: report.Folded}, ""},
		{&ReportFormats, "x.prom", Target{Path: "x.prom", Format: report.Prometheus}, ""},
		{&ReportFormats, "x.NCDU.json", Target{Path: "x.NCDU.json", Format: report.Ncdu}, ""},
		{&ReportFormats, "ncdu.json", Target{Path: "ncdu.json", Format: report.JSON}, ""},
		{&ReportFormats, "x.gz", Target{}, "suffixes"},
		{&ReportFormats, "json", Target{}, "suffixes"},
		{&RowFormats, "x.csv.gz", Target{Path: "x.csv.gz", Format: report.CSV, Compression: "gz"}, ""},
		{&RowFormats, "x.jsonl.zst", Target{Path: "x.jsonl.zst", Format: report.JSONL, Compression: "zst"}, ""},
		{&RowFormats, "x.parquet", Target{Path: "x.parquet", Format: report.Parquet}, ""},
		{&RowFormats, "x.json", Target{}, "suffixes"},
		{&RowFormats, ".gz", Target{}, "suffixes"},
		{&RowFormats, "", Target{}, "empty"},
		{&PlainFormats, "x.csv", Target{}, "suffixes"},
	} {
		got, err := tt.f.Target("-o", tt.path)
		if tt.bad != "" {
			if err == nil || !strings.Contains(err.Error(), tt.bad) {
				t.Errorf("%s %q: %v, want an error with %q", tt.f.what, tt.path, err, tt.bad)
			}
			continue
		}
		if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(Target{})); diff != "" || err != nil {
			t.Errorf("%s %q: %v (-want +got):\n%s", tt.f.what, tt.path, err, diff)
		}
	}
}
