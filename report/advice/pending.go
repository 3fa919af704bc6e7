package advice

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/advice/internal/command"
	"github.com/rdblens/rdblens/report/units"
)

var pendingEntries = rule{
	RuleInfo: RuleInfo{
		ID:    "R32",
		Name:  "pending-entries",
		Class: ClassWatch,
		Title: "Stream entries that were delivered and never acknowledged",
		What: "Counts the entries that consumer groups gave to consumers and that were not acknowledged (the pending entries lists), the groups of those streams, and the consumers that hold some; the evidence names those that hold most. Says so where MEMORY USAGE and what is really allocated differ by half: most lines count a list by 30 pointers for each of its nodes. " +
			"There is no saving: whether an entry was worked off is not in a dump.",
		Why: "A consumer that died or was renamed keeps what it was given, and nobody else gets it. Each pending entry takes memory in the group and in its consumer, even when the stream itself was trimmed long ago.",
		Thresholds: []Threshold{
			{Name: "min-entries", Value: 100, Unit: UnitNone, Meaning: "fewer pending entries are work in progress"},
			{Name: "differ", Value: 5000, Unit: UnitShare, Meaning: "share of the larger by which MEMORY USAGE and what is allocated must differ to be spoken of"},
		},
		Risk: "XACK of an entry that was not worked off loses it for the group: nobody gets it again. XGROUP DELCONSUMER drops all that the consumer has pending. XAUTOCLAIM loses nothing, but an entry that is still being worked at is then worked at twice.",
	},
	apply: findPending,
}

func findPending(in *input, t limits) []finding {
	var found []finding
	for _, row := range in.Rows {
		p := &row.Pending
		if p.Entries < t.get("min-entries") {
			continue
		}
		f := finding{}
		f.Pattern, f.Keys = row.Pattern, p.Keys
		f.Basis = "exact for this dump; work that waits, not bytes"
		f.Title = fmt.Sprintf("%s: %s pending in %s, held by %s of %s", command.Clip(row.Pattern), units.PluralAs(p.Entries, "entry", "entries"),
			units.Plural(p.Groups, "group"), units.Grouped(p.Holders), units.Plural(p.Consumers, "consumer"))
		f.Evidence = Evidence{
			{"streams", UnitKeys, p.Keys},
			{"stream_entries", UnitNone, p.Length},
			{"pending_entries", UnitNone, p.Entries},
			{"groups", UnitNone, p.Groups},
			{"consumers", UnitNone, p.Consumers},
			{"consumers_with_pending", UnitNone, p.Holders},
			{"pending_of_one_consumer_max", UnitNone, p.Most},
			{"memory_bytes", UnitBytes, p.Memory},
			{"allocated_bytes", UnitBytes, p.Resident},
			{"example", UnitNone, command.Line(row.Example)},
		}
		for i, h := range p.Top[:min(len(p.Top), heldShown)] {
			f.fact(fmt.Sprintf("held_%d", i+1), UnitNone, fmt.Sprintf("%s by consumer %s of group %s of %s", units.PluralAs(h.Entries, "entry", "entries"), command.Line(h.Consumer), command.Line(h.Group), command.Line(h.Key)))
		}
		// Each group can have each entry pending once.
		if gone := p.Entries - aggregate.MulDiv(p.Length, p.Groups, 1); gone > 0 {
			f.Title += fmt.Sprintf("; at least %s of them are no longer in the stream", units.Grouped(gone))
			f.fact("pending_entries_gone_at_least", UnitNone, gone)
		}
		if apart(p.Memory, p.Resident, t.get("differ")) {
			f.Title += fmt.Sprintf("; MEMORY USAGE says %s, %s are allocated", units.Bytes(p.Memory), units.Bytes(p.Resident))
		}
		f.act = func() []string { return in.pendingActions(row) }
		found = append(found, f)
	}
	return found
}

// heldShown is how many consumers are told by name.
const heldShown = 3

// heldBy asks what the consumers that hold most have, and since when. It changes nothing.
func (in *input) heldBy(row *aggregate.PatternFacts) (lines []string) {
	for _, h := range row.Pending.Top[:min(len(row.Pending.Top), heldShown)] {
		if in.Facts.Redacted || strings.HasSuffix(h.Key, "…") {
			continue // no name that a server knows
		}
		flags, w := command.KeyWords(h.Key, h.Group, h.Consumer)
		if len(lines) == 0 {
			lines = append(lines, command.Note("who holds most: id, consumer, ms since it was delivered, and how often"))
		}
		cli := in.Target.CLI()
		if h.DB > 0 {
			cli += " -n " + strconv.Itoa(int(h.DB))
		}
		lines = append(lines, fmt.Sprintf("%s %sXPENDING %s %s - + 10 %s", cli, flags, w[0], w[1], w[2]))
	}
	return lines
}

// apart reports whether two figures differ by a share of the larger.
func apart(a, b, share int64) bool {
	return max(a, b) > 0 && aggregate.RatioOf(max(a-b, b-a), max(a, b)) >= aggregate.Ratio(share)
}

// pendingActions look first. What takes an entry away is explained, not given to be
// pasted.
func (in *input) pendingActions(row *aggregate.PatternFacts) []string {
	cli := in.CLI(row.Type)
	lines := in.Places(row.Type)
	if row.Keys == 1 {
		flags, key := command.KeyWord(row.Example)
		lines = append(lines, command.Note("the groups, and how much each has pending"), fmt.Sprintf("%s %sXINFO GROUPS %s", cli, flags, key),
			command.Note("then for each group who holds it and since when: XPENDING key group, and XINFO CONSUMERS key group for the consumers that are long idle"))
	} else {
		lines = append(lines, command.Note("for each of these streams: XINFO GROUPS key, then XPENDING key group and XINFO CONSUMERS key group for who holds it and is long idle"))
	}
	lines = append(lines, in.heldBy(row)...)
	lines = append(lines, command.Note("safe, and first: XAUTOCLAIM key group consumer min-idle-ms 0-0 COUNT 100 gives what an idle consumer holds to one that lives, choose min-idle-ms well above what the work takes"))
	if in.Target.AtLeast(7, 0) {
		lines = append(lines, command.Note("it also drops pending entries that are no longer in the stream, and names them in its reply"))
	}
	return append(lines,
		command.Note("then that consumer works the entries off and says XACK for each that is done: never XACK what nobody has read"),
		command.Note("XGROUP DELCONSUMER loses what the consumer still has pending: only when XPENDING says that it has none"))
}
