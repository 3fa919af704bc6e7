package advice

import (
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/role"
)

// runs returns the lines of an action that change keys, as printed and in comments.
func runs(s *Suggestion) (found []string) {
	for _, l := range s.Action {
		l = strings.TrimPrefix(l, "# ")
		change := false
		for _, c := range []string{`\"EXPIRE\"`, "UNLINK", " DEL ", "ZREM", "RENAME"} {
			change = change || strings.Contains(l, c)
		}
		if change && (strings.Contains(l, "-cli ") || strings.HasPrefix(l, "xargs")) {
			found = append(found, l)
		}
	}
	return found
}

// TestCommandsMeanAllOfAPattern: where a part of a pattern is meant, or nothing but the
// TTLs of the others speaks for one, the action has no command.
func TestCommandsMeanAllOfAPattern(t *testing.T) {
	byTTL := func(p aggregate.PatternFacts) aggregate.PatternFacts {
		p = cache(p)
		p.Purpose.ByTTL = true
		return p
	}
	stale := cache(probed("page:{int}", "hash", 1000, mib, func(p *aggregate.ProbeFacts) {
		p.Changed, p.ChangedKeys, p.ChangedField = []aggregate.AgeCount{{Seconds: 30 * 86400, Estimate: estimate(500, mib/2, 0)}}, 500, "updated_at"
	}))
	dated := cache(probed("page:{date}", "string", 1000, mib, func(p *aggregate.ProbeFacts) { p.Dated, p.OldestDate = estimate(500, mib/2, 0), 1675209600000 }))
	tests := []struct {
		name, id string
		row      aggregate.PatternFacts
		acts     bool
	}{
		{"half of them are stale", "R17", stale, false},
		{"half of them have an old date", "R18", dated, false},
		{"all have an old name", "R18", cache(row("page:old:{int}", "string", 1000, mib, 1000, mib)), true},
		{"an old name, and others expire", "R18", byTTL(row("page:old:{int}", "string", 1000, mib, 50, mib)), false},
		{"a cache's envelope", "R03", cache(row("page:{int}", "string", 1000, mib, 50, mib)), true},
		{"accounts that pay", "R03", byTTL(row("account:{int}", "string", 1000, mib, 50, mib)), false},
		{"secrets", "R03", byTTL(row("otp:{int}", "string", 1000, mib, 50, mib)), false},
		{"the name says cache", "R03", byTTL(row("usercache:{int}", "string", 1000, mib, 50, mib)), true},
	}
	for _, tt := range tests {
		s := one(t, add(clean(), tt.row), tt.id)
		if s == nil {
			t.Errorf("%s: %s is silent", tt.name, tt.id)
			continue
		}
		if got := runs(s); (len(got) > 0) != tt.acts {
			t.Errorf("%s: %s runs %q", tt.name, tt.id, got)
		}
		for _, l := range runs(s) {
			if !strings.Contains(l, `\"PTTL\",KEYS[1])==-1`) {
				t.Errorf("%s: %s changes a key without looking at its TTL: %s", tt.name, tt.id, l)
			}
		}
	}
}

// TestNothingDeletes: over all that rules say of the planted cases, no command deletes
// but UNLINK of one big key that may go, which is a comment.
func TestNothingDeletes(t *testing.T) {
	seen := 0
	for _, c := range plantedCases {
		r := clean()
		c.planted(r)
		got, _ := Suggest(r, c.opts)
		for i := range got {
			seen++
			for _, l := range runs(&got[i]) {
				if !strings.Contains(l, `\"EXPIRE\"`) && got[i].ID != "R01" {
					t.Errorf("%s: %s", got[i].Title, l)
				}
			}
			for _, l := range got[i].Action {
				if strings.Contains(l, "CONFIG REWRITE") && !strings.HasPrefix(l, "#") {
					t.Errorf("%s makes all settings last: %s", got[i].ID, l)
				}
			}
		}
	}
	if seen < 30 {
		t.Errorf("%d suggestions", seen)
	}
}

// TestOtherLayoutsAreNobodysElse: names and layouts that somebody looks for stay.
func TestOtherLayoutsAreNobodysElse(t *testing.T) {
	for _, p := range []aggregate.Purpose{
		{Role: role.Lock}, {Role: role.Job}, {Role: role.Queue}, {Role: role.DelayedSet}, {Role: role.InFlight}, {Role: role.Cache, Own: true, Framework: "Cachelib"},
	} {
		if otherLayout(&p) || free(&p) {
			t.Errorf("%+v may be stored in another way", p)
		}
	}
	if p := (aggregate.Purpose{Role: role.Config}); otherLayout(&p) {
		t.Errorf("%+v may be stored in another way", p)
	}
	if p := (aggregate.Purpose{}); !otherLayout(&p) {
		t.Errorf("%+v may not", p)
	}
}
