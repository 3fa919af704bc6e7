package role

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the tables of docs/roles.md")

// TestDocs: docs/roles.md shows the roles and the table of frameworks as they are.
func TestDocs(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "roles.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	doc := string(text)
	for _, section := range []struct{ name, want string }{{"roles", rolesTable()}, {"frameworks", frameworksTable()}} {
		begin, end := "<!-- "+section.name+" -->\n", "<!-- end of "+section.name+" -->"
		before, rest, ok := strings.Cut(doc, begin)
		got, after, ok2 := strings.Cut(rest, end)
		if !ok || !ok2 {
			t.Fatalf("docs/roles.md has no section between %q and %q", begin, end)
		}
		if got != section.want && !*update {
			t.Errorf("docs/roles.md: the %s are not those of the code; go test ./aggregate/role -run TestDocs -update writes them", section.name)
		}
		doc = before + begin + section.want + end + after
	}
	if *update {
		if err := os.WriteFile(path, []byte(doc), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func rolesTable() string {
	var b strings.Builder
	b.WriteString("| role | what its keys are | expire | delete | trim | rename |\n|---|---|---|---|---|---|\n")
	yes := map[bool]string{true: "yes", false: "–"}
	for r := range Role(NumRoles) {
		fmt.Fprintf(&b, "| `%v` | %s | %s | %s | %s | %s |\n", r, r.What(), yes[r.MayExpire()], yes[r.MayDelete()], yes[r.MayTrim()], yes[r.MayRename()])
	}
	return b.String()
}

func frameworksTable() string {
	var b strings.Builder
	for _, f := range Frameworks() {
		fmt.Fprintf(&b, "\n### %s\n\nNames: %s.\nTo bound it: %s.\n", f.Name, f.Source, f.Bound)
		if f.need > 0 {
			fmt.Fprintf(&b, "Needs %d of the names marked ●, with one beginning", f.need)
			if f.Default != "" && f.needDefault != f.need {
				fmt.Fprintf(&b, " (%d if it is `%s`)", f.needDefault, f.Default)
			}
			b.WriteString(".\n")
		}
		if f.app {
			b.WriteString("The application chooses the names: they may be changed.\n")
		}
		b.WriteString("\n| name | type | role | |\n|---|---|---|---|\n")
		for i := range f.Keys {
			k := &f.Keys[i]
			var types []string
			for _, t := range k.Types {
				types = append(types, t.String())
			}
			note := k.What
			if k.anchor {
				note += " ●"
			}
			if k.when != nil {
				note += " (if the facts agree)"
			}
			if k.unverified {
				note += " — **unverified**"
			}
			shape := strings.NewReplacer("\x00", `\x00`, "\x01", `\x01`, "\x06", `\x06`, "\x16", `\x16`).Replace(k.Shape)
			fmt.Fprintf(&b, "| `%s` | %s | `%v` | %s |\n", shape, strings.Join(types, ", "), k.Role, note)
		}
	}
	return b.String()
}
