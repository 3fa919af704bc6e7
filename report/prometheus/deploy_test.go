package prometheus

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const deployed = "../../deploy/grafana"

// expressions are those of the dashboard and of the alert rules.
func expressions(t *testing.T) (dashboard, alerts []string) {
	t.Helper()
	var board struct {
		Templating struct{ List []struct{ Definition string } }
		Panels     []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	text, err := os.ReadFile(filepath.Join(deployed, "dashboard.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &board); err != nil {
		t.Fatal(err)
	}
	for _, p := range board.Panels {
		for _, target := range p.Targets {
			dashboard = append(dashboard, target.Expr)
		}
	}
	for _, v := range board.Templating.List {
		if v.Definition != "" {
			dashboard = append(dashboard, v.Definition)
		}
	}
	var rules struct {
		Groups []struct{ Rules []struct{ Expr string } }
	}
	if text, err = os.ReadFile(filepath.Join(deployed, "alerts.yml")); err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &rules); err != nil {
		t.Fatal(err)
	}
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			alerts = append(alerts, r.Expr)
		}
	}
	return dashboard, alerts
}

// TestDeployedMetrics: the dashboard and the alert rules ask for what is written, by the
// labels it has, and every family of a dump's figures is on the dashboard.
func TestDeployedMetrics(t *testing.T) {
	written := map[string]Family{}
	for _, f := range Families() {
		if _, twice := written[f.Name]; twice {
			t.Errorf("%s is written twice", f.Name)
		}
		if f.Unit != "" && !strings.HasSuffix(f.Name, "_"+f.Unit) {
			t.Errorf("%s is in %s, which its name does not say", f.Name, f.Unit)
		}
		written[f.Name] = f
	}
	dashboard, alerts := expressions(t)
	if len(dashboard) < 20 || len(alerts) < 5 {
		t.Fatalf("%d expressions of the dashboard, %d of alerts: they are not read as they are written", len(dashboard), len(alerts))
	}
	name := regexp.MustCompile(`rdblens_[a-z_]+`)
	used := map[string]bool{}
	for _, e := range append(dashboard, alerts...) {
		names := name.FindAllString(e, -1)
		if names == nil {
			t.Errorf("%q asks for nothing of ours", e)
		}
		for _, n := range names {
			used[n] = true
			if _, ok := written[n]; !ok {
				t.Errorf("%q asks for %s, which nobody writes", e, n)
			}
		}
		if by := regexp.MustCompile(`by \(([a-z, ]+)\)`).FindStringSubmatch(e); by != nil {
			for label := range strings.SplitSeq(by[1], ", ") {
				if !strings.Contains(strings.Join(written[names[0]].Labels, " "), label) {
					t.Errorf("%q: %s has no label %s", e, names[0], label)
				}
			}
		}
	}
	for _, n := range []string{"rdblens_info", "rdblens_sources", "rdblens_snapshot_timestamp_seconds", "rdblens_resident_bytes", "rdblens_keys_without_ttl", "rdblens_keys_expired", "rdblens_patterns", "rdblens_suggestions"} {
		used[n] = true // for queries of one's own
	}
	for n := range written {
		if !used[n] {
			t.Errorf("%s is neither on the dashboard nor in a rule", n)
		}
	}
}

// TestDeployedRules: Prometheus understands the rules, and they speak when they should.
func TestDeployedRules(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		if os.Getenv("RDBLENS_CI") != "" {
			t.Fatal(err)
		}
		t.Skip("no promtool: .ci/run installs it")
	}
	for _, args := range [][]string{{"check", "rules", "alerts.yml"}, {"test", "rules", "alerts_test.yml"}} {
		c := exec.Command(promtool, args...)
		c.Dir = deployed
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}
