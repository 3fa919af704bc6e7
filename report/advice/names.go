package advice

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/role"
	"github.com/rdblens/rdblens/report/advice/internal/command"
	"github.com/rdblens/rdblens/report/units"
)

var longNames = rule{
	RuleInfo: RuleInfo{
		ID:    "R14",
		Name:  "long-names",
		Class: ClassCode,
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
		for i, row := range in.Rows {
			p := row.Probe
			if p == nil || p.ShortName == "" || !in.renamable(row) || !in.renames(&p.Short, t) || !names.take(row.Pattern, p.ShortName) {
				continue
			}
			f := in.renamed(i, &p.Short, p.ShortName, gainName)
			f.Title = fmt.Sprintf("%s -> %s: %s, %s less each", command.Clip(row.Pattern), command.Clip(p.ShortName), units.Plural(p.Short.Keys, "key"), units.Bytes(eachUsed(&p.Short))) + unseen(&p.Short)
			found = append(found, f)
		}
		return found
	},
}

var longIDs = rule{
	RuleInfo: RuleInfo{
		ID:    "R15",
		Name:  "long-ids",
		Class: ClassCode,
		Title: "UUIDs and other long identifiers in names",
		What: "Sizes sampled keys with the one identifier of 16 bytes or more (UUID, ULID, hexadecimal, base64 and the like) in their names written in another way. " +
			"A number, up to the number of keys, is proposed for what stays and is named by nobody else: keys without a TTL that are no session, cache or limiter and whose name has no word that tells of a secret or of what a client chooses (session, token, reset, invite, cart, idempotency and the like). " +
			"For all others a number would be a hole, since who holds one can guess the next, or nobody would be there to give it out: for those the same bits in base64url are proposed, 22 bytes for the 36 of a UUID, which are as hard to guess; and nothing where they are that already. " +
			"Keys that members of other keys name, digests of contents, which are told by their length, and signed tokens are left alone. By size classes, and with the same care for the new name, as R14.",
		Why: "A UUID takes 36 bytes in every name that holds it; its 128 bits take 22 in base64url, and a number takes as many digits as there are keys.",
		Thresholds: append(savingThresholds(1000),
			Threshold{Name: "min-each", Value: 8, Unit: UnitBytes, Meaning: "mean saving of a key, at least"}),
		Risk: "Numbers can be guessed and counted: never for session identifiers, tokens or links that are a secret by themselves, whatever their keys are called. A table from the old identifiers to numbers may cost more than is saved. Base64url tells large from small letters, which some systems on the way do not.",
	},
	apply: func(in *input, t limits) []finding {
		names := in.newNames()
		var found []finding
		for i, row := range in.Rows {
			p := row.Probe
			if p == nil || !in.renamable(row) || row.Purpose.Named {
				continue
			}
			e, name, kept := &p.Numbered, p.NumberedName, ""
			if unguessable(row) {
				e, name, kept = &p.Encoded, p.EncodedName, ", the same bits in base64url"
			}
			if name == "" || !in.renames(e, t) || !names.take(row.Pattern, name) {
				continue
			}
			f := in.renamed(i, e, name, gainName)
			f.Title = fmt.Sprintf("%s -> %s: %s, %s less each%s", command.Clip(row.Pattern), command.Clip(name), units.Plural(e.Keys, "key"), units.Bytes(eachUsed(e)), kept) + unseen(e)
			found = append(found, f)
		}
		return found
	},
}

// unguessable reports whether the identifiers in a row's names must stay as hard to
// guess as they are: whoever knows one has the session, cart or link; or whether those
// who choose them, clients mostly, are not those who could count. What expires comes and
// goes, and nobody keeps a table of numbers for it.
func unguessable(row *aggregate.PatternFacts) bool {
	switch row.Purpose.Role {
	case role.Session, role.Cache, role.Limiter, role.Lock:
		return true
	case role.Unknown, role.Job, role.Queue, role.DelayedSet, role.InFlight, role.Index, role.Counter, role.Leaderboard, role.Feed, role.Geo, role.Bitmap, role.Config:
	}
	return row.Purpose.ByTTL || (row.Keys-row.KeysWithoutTTL)*expiringShare >= row.Keys && row.Keys > row.KeysWithoutTTL || secretWord(row.Pattern) || secretWord(row.Example)
}

// expiringShare: one key in so many with a TTL makes identifiers such that come and go.
const expiringShare = 20

// secretWords name what is a secret by itself, or what clients choose, as whole words.
var secretWords = func() map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq("session sessions sess sid ses token tokens tok auth oauth authz authn otp totp csrf xsrf nonce reset pwreset password passwd pwd recover recovery " +
		"invite invites invitation invitations secret secrets key keys apikey apikeys jwt jti remember rememberme refresh rt login logins signin sso saml ticket tickets code codes verify verification " +
		"verifications confirm confirmation activate activation magic link links share shares shared download downloads upload uploads unsubscribe unsub grant grants cookie cookies " +
		"visitor visitors anon anonymous guest guests cart carts basket baskets checkout idem idempotency idempotent request requests req correlation " +
		"dedup dedupe lock locks ephemeral temp tmp capability webhook webhooks hook hooks") {
		m[w] = true
	}
	return m
}()

// secretWord reports whether a word of a pattern names what must not be guessed.
func secretWord(pattern string) bool {
	return slices.ContainsFunc(words(pattern), func(w string) bool { return secretWords[w] })
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
		for _, row := range in.Rows {
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
	row := in.Rows[i]
	f := in.estimated(i, e, g, "key")
	f.fact("new_name", UnitNone, command.Line(name))
	f.fact("name_bytes_each", UnitBytes, row.KeyName/max(1, row.Keys))
	f.fact("saves_each_bytes", UnitBytes, eachUsed(e))
	f.act = func() []string {
		return append([]string{
			command.Note("readers first: the new name, and the old one where that is not there, whoever deletes does it to both"),
			command.Note("writers next, all of them at once, since what an old one writes to the old name is not seen when the new one is there: first RENAMENX old new where the old one is there, then the write, in one script, or HSET, INCR, SADD and the like would begin anew"),
			command.Note("keys with a TTL that are written whole, by SET with EX, need no migration: they go by themselves"),
			command.Note("the others in the client, in pipelines: RENAMENX old new keeps value and TTL, in a cluster the slot changes with the name: %s", restoring),
		}, in.scan(row)...)
	}
	return f
}
