package advice

import (
	"fmt"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/units"
)

var longNames = rule{
	RuleInfo: RuleInfo{
		ID:    "R14",
		Name:  "long-names",
		Title: "Long names of keys",
		What: "Sizes sampled keys under a short name: of each run of words one letter is left, the first of the run's last word, so application:users:profiles:user_id:{int}:settings becomes u:{int}:s. The name is made from the pattern: what varies stays, a hash tag stays as it is, and no two patterns of a report get the same one, nor one that is in use. Keys whose own name says other words than the pattern do not count. " +
			"The saving is by size classes of the allocator, not by characters: a few bytes may save 16 or nothing. Other letters, or two for a run, save the same in nearly all cases.",
		Why: "Every key carries its whole name, and where millions of keys share the same words these are stored millions of times.",
		Thresholds: append(savingThresholds(1000),
			Threshold{Name: "min-each", Value: 16, Unit: UnitBytes, Meaning: "mean saving of a key, at least"}),
		Risk: "Every client must know the new names. Short names are harder to read: write down what they stand for.",
	},
	apply: func(in *input, t limits) []finding {
		names := in.newNames()
		var found []finding
		for i, row := range in.rows {
			p := row.Probe
			if p == nil || p.ShortName == "" || !in.renamable(row) || !in.renames(&p.Short, t) || !names.take(row.Pattern, p.ShortName) {
				continue
			}
			f := in.renamed(i, &p.Short, p.ShortName, gainName)
			f.Title = fmt.Sprintf("%s -> %s: %s, %s less each", clip(row.Pattern), clip(p.ShortName), units.Plural(p.Short.Keys, "key"), units.Bytes(eachUsed(&p.Short))) + unseen(&p.Short)
			found = append(found, f)
		}
		return found
	},
}

var longIDs = rule{
	RuleInfo: RuleInfo{
		ID:    "R15",
		Name:  "long-ids",
		Title: "UUIDs and other long identifiers in names",
		What:  "Sizes sampled keys with the numbers 1, 2, … up to the number of keys in place of the one identifier of 16 bytes or more (UUID, ULID, hexadecimal, base64 and the like) in their names. Digests of contents, which are told by their length, and signed tokens have no number and are left alone. By size classes, and with the same care for the new name, as R14.",
		Why:   "A UUID takes 36 bytes in every name that holds it; a number takes as many digits as there are keys.",
		Thresholds: append(savingThresholds(1000),
			Threshold{Name: "min-each", Value: 8, Unit: UnitBytes, Meaning: "mean saving of a key, at least"}),
		Risk: "Numbers can be guessed and counted: never for session identifiers, tokens or links that are a secret by themselves. A table from the old identifiers to numbers may cost more than is saved.",
	},
	apply: func(in *input, t limits) []finding {
		names := in.newNames()
		var found []finding
		for i, row := range in.rows {
			p := row.Probe
			if p == nil || p.NumberedName == "" || !in.renamable(row) || !in.renames(&p.Numbered, t) || !names.take(row.Pattern, p.NumberedName) {
				continue
			}
			f := in.renamed(i, &p.Numbered, p.NumberedName, gainName)
			secret := ""
			if w := secretWord(row.Pattern); w != "" {
				secret = fmt.Sprintf("; the name says %s, is it a secret?", w)
			}
			f.Title = fmt.Sprintf("%s -> %s: %s, %s less each%s", clip(row.Pattern), clip(p.NumberedName), units.Plural(p.Numbered.Keys, "key"), units.Bytes(eachUsed(&p.Numbered)), secret) + unseen(&p.Numbered)
			found = append(found, f)
		}
		return found
	},
}

// secretWord returns a word of a pattern that names what must not be guessed.
func secretWord(pattern string) string {
	for _, w := range words(pattern) {
		switch w {
		case "session", "sessions", "sess", "token", "tokens", "tok", "auth", "otp", "csrf", "nonce", "reset", "invite", "secret", "key", "apikey", "jwt":
			return w
		}
	}
	return ""
}

// renamable reports whether the keys of a row may get other names: not where a
// framework chose them, which would not find them again, nor where somebody waits for
// them or holds them under the old one.
func (in *input) renamable(row *aggregate.PatternFacts) bool {
	return !strings.HasPrefix(row.Pattern, "[") && free(&row.Purpose)
}

// newNames are the names that a report's keys have, and those proposed for them, with
// the pattern that each is for.
type newNames map[string]string

// newNames returns those of all rules so far, which begin with the names in use.
func (in *input) newNames() newNames {
	if in.names == nil {
		in.names = newNames{}
		for _, row := range in.rows {
			in.names[row.Pattern] = row.Pattern
		}
		// The estimated rows of a pattern with {*} have names, too.
		for i := range in.Facts.Patterns {
			in.names[in.Facts.Patterns[i].Pattern] = in.Facts.Patterns[i].Pattern
		}
	}
	return in.names
}

// take proposes a name for a pattern, and reports whether no other has it. The
// first, which is the one with most memory, keeps it.
func (n newNames) take(pattern, name string) bool {
	if of, taken := n[name]; taken {
		return of == pattern && name != pattern
	}
	n[name] = pattern
	return true
}

// unseen says so when a saving does not show in MEMORY USAGE.
func unseen(e *aggregate.Estimate) string {
	if e.Saves() > 0 {
		return ""
	}
	return "; only in used_memory, MEMORY USAGE does not count names on this line"
}

// renames reports whether other names are worth a suggestion, by MEMORY USAGE or
// by what is really allocated: Redis 8.2 does not count names.
func (in *input) renames(e *aggregate.Estimate, t limits) bool {
	used := *e
	used.Before, used.After = e.BeforeResident, e.AfterResident
	return eachUsed(e) >= t.get("min-each") && (in.saving(e, t) || in.saving(&used, t))
}

// eachUsed returns the mean saving of a key in bytes, of MEMORY USAGE or really
// allocated, whichever is more.
func eachUsed(e *aggregate.Estimate) int64 {
	return max(e.Saves(), e.BeforeResident-e.AfterResident) / max(1, e.Keys)
}

// restoring says how a key is written anew without losing its TTL, or a write: what
// PTTL says of a key without one is refused by RESTORE, and 0 is for ever.
const restoring = "WATCH key, DUMP, PTTL, then RESTORE with what PTTL said in MULTI, with 0 only when it said -1, leave the key alone when it said -2 or 0, begin again when EXEC does nothing because somebody wrote"

// renamed begins a finding about keys under another name.
func (in *input) renamed(i int, e *aggregate.Estimate, name string, g gain) finding {
	row := in.rows[i]
	f := in.estimated(i, e, g, "key")
	f.fact("new_name", UnitNone, line(name))
	f.fact("name_bytes_each", UnitBytes, row.KeyName/max(1, row.Keys))
	f.fact("saves_each_bytes", UnitBytes, eachUsed(e))
	f.act = func() []string {
		return append([]string{
			note("readers first: the new name, and the old one where that is not there, whoever deletes does it to both"),
			note("writers next, all of them at once, since what an old one writes to the old name is not seen when the new one is there: first RENAMENX old new where the old one is there, then the write, in one script, or HSET, INCR, SADD and the like would begin anew"),
			note("keys with a TTL that are written whole, by SET with EX, need no migration: they go by themselves"),
			note("the others in the client, in pipelines: RENAMENX old new keeps value and TTL, in a cluster the slot changes with the name: %s", restoring),
		}, in.scan(row)...)
	}
	return f
}
