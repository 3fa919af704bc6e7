package advice

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/advice/internal/command"
	"github.com/rdblens/rdblens/report/units"
)

var finishedJobs = rule{
	RuleInfo: RuleInfo{
		ID:    "R37",
		Name:  "finished-jobs",
		Class: ClassCleanUp,
		Title: "Finished jobs that are kept for ever",
		What: "Adds up, for each framework of queues that keeps finished and failed jobs until it is told to forget them, what it lists as finished (docs/roles.md names the keys), and the part of the jobs' own keys that these are. " +
			"The saving is what goes if all of them were forgotten: an upper bound, since the last ones are usually wanted. " +
			"There is no command: the framework removes a job with all that belongs to it.",
		Why: "Most frameworks keep every finished job unless an option says otherwise. In a dump of queues they are most of the memory, and nobody looks at them.",
		Thresholds: []Threshold{
			{Name: "min-jobs", Value: 100, Unit: UnitJobs, Meaning: "fewer finished jobs are not reported"},
			{Name: "min-bytes", Value: 16 << 10, Unit: UnitBytes, Meaning: "nor less memory"},
			{Name: "min-share", Value: 100, Unit: UnitShare, Meaning: "nor a smaller share of all memory"},
		},
		Risk: "Finished jobs are the history that a dashboard shows, and failed ones can be tried again: keep as many as somebody looks at.",
	},
	apply: findFinished,
}

// finished is what one framework keeps of jobs that are done.
type finished struct {
	framework, bound string
	jobs, bytes      int64 // finished ones, and what lists or holds them
	resident         int64
	all, memory      int64 // jobs of every state, and their own keys
	memoryResident   int64
	rows, jobRows    []int
	names            []string
	counts           []int64
}

func findFinished(in *input, t limits) []finding {
	byName := map[string]*finished{}
	for i, row := range in.Rows {
		p := &row.Purpose
		if !p.Finished && !p.Jobs {
			continue
		}
		x := byName[p.Framework]
		if x == nil {
			x = &finished{framework: p.Framework, bound: p.Bound}
			byName[p.Framework] = x
		}
		if p.Finished {
			x.jobs += row.Elements
			x.bytes += row.Memory
			x.resident += row.Resident
			x.rows = append(x.rows, i)
			x.names, x.counts = append(x.names, row.Pattern), append(x.counts, row.Elements)
		}
		if p.Jobs {
			// A job is a key, or, where one key holds all of them, an element.
			n := row.Keys
			if row.Type != "hash" || row.Elements >= row.Keys*100 {
				n = row.Elements
			}
			x.all += n
			x.memory += row.Memory
			x.memoryResident += row.Resident
			x.jobRows = append(x.jobRows, i)
		}
	}
	var found []finding
	for _, x := range byName {
		if x.jobs >= t.get("min-jobs") && len(x.rows) > 0 {
			if f := in.finishedJobs(x); in.worth(*f.Saves, t) {
				found = append(found, f)
			}
		}
	}
	slices.SortFunc(found, func(a, b finding) int { return cmp.Compare(a.Title, b.Title) })
	return found
}

// finishedJobs is the finding of a framework.
func (in *input) finishedJobs(x *finished) finding {
	part := min(x.jobs, x.all) // of the jobs' own keys
	saves := x.bytes + aggregate.MulDiv(x.memory, part, max(1, x.all))
	used := x.resident + aggregate.MulDiv(x.memoryResident, part, max(1, x.all))
	f := finding{}
	for _, i := range x.rows {
		f.shares = append(f.shares, share{row: i, gain: gainExpire, bytes: in.Rows[i].Memory, keys: in.Rows[i].Keys})
	}
	for _, i := range x.jobRows {
		row := in.Rows[i]
		f.shares = append(f.shares, share{row: i, gain: gainExpire, bytes: aggregate.MulDiv(row.Memory, part, max(1, x.all)), keys: aggregate.MulDiv(row.Keys, part, max(1, x.all))})
		f.Keys += aggregate.MulDiv(row.Keys, part, max(1, x.all))
	}
	if len(x.rows) == 1 {
		f.Pattern = in.Rows[x.rows[0]].Pattern
	}
	f.Saves = &saves
	if used > 0 {
		f.SavesUsedMemory = &used
	}
	f.Basis = "upper bound: what lists finished jobs, and their part of all jobs"
	if x.all == 0 {
		f.Basis = "upper bound: the finished jobs themselves"
	}
	f.Title = fmt.Sprintf("%s keeps %s: %s", x.framework, units.Plural(x.jobs, "finished job"), units.Bytes(saves))
	if x.all > 0 {
		f.Title = fmt.Sprintf("%s keeps %s of %s: %s", x.framework, units.Plural(x.jobs, "finished job"), units.Grouped(max(x.all, x.jobs)), units.Bytes(saves))
	}
	if in.total > 0 {
		f.Title += ", " + units.Ratio(aggregate.RatioOf(saves, in.total)) + " of the memory"
	}
	f.Evidence = Evidence{
		{"framework", UnitNone, x.framework},
		{"finished_jobs", UnitJobs, x.jobs},
		{"jobs", UnitJobs, x.all},
		{"lists_bytes", UnitBytes, x.bytes},
		{"jobs_bytes", UnitBytes, x.memory},
		{"patterns", UnitNone, x.names[:min(len(x.names), 10)]},
		{"pattern_jobs", UnitJobs, x.counts[:min(len(x.counts), 10)]},
	}
	f.act = func() []string {
		return []string{
			command.Note("in the code that makes the queues: %s", command.PlainWords(x.bound)),
			command.Note("delete none of these keys by hand: a job is several keys, and the framework counts on all of them"),
		}
	}
	return f
}
