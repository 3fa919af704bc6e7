package main

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/advice"
	"github.com/rdblens/rdblens/report/units"
)

// noteNothingSelected says that filters leave no key of a dump that has keys, and what
// may have been meant: an empty list is else taken for good news.
func (a *app) noteNothingSelected(f *aggregate.Filters, s *aggregate.Summary) {
	counted, of := s.Counted()
	if counted > 0 || of == 0 || !f.Any() {
		return
	}
	a.msg.warnf("none of %s is selected by %s", units.Plural(of, "key"), strings.Join(selections(f), ", "))
	for _, m := range f.Match {
		if hint := globHint(m); hint != "" {
			a.msg.hintf("%s", hint)
		}
	}
	for _, r := range f.Regex {
		if strings.ContainsRune(r, '*') && !strings.ContainsAny(r, `.\^$+()|`) {
			a.msg.hintf("--regex takes a regular expression; the glob is --match %s", advice.ShellQuote(r))
		}
	}
	for _, t := range f.Type {
		if !isDataType(t) {
			a.msg.hintf("--type %s is the type name of a module; the dump has no value of it. rdblens report --section types lists its types", advice.ShellQuote(t))
		}
	}
	if f.Idle != "" {
		a.msg.hintf("idle times are in a dump when the server's maxmemory-policy is an LRU one")
	}
}

// selections lists the filters in force as they are typed.
func selections(f *aggregate.Filters) (out []string) {
	add := func(flag string, values ...string) {
		for _, v := range values {
			out = append(out, flag+" "+advice.ShellQuote(v))
		}
	}
	for _, db := range f.DB {
		add("--db", fmt.Sprint(db))
	}
	add("--type", f.Type...)
	add("--match", f.Match...)
	add("--regex", f.Regex...)
	add("--exclude", f.Exclude...)
	add("--exclude-regex", f.ExcludeRegex...)
	for _, n := range []struct {
		flag  string
		value int64
	}{{"--min-size", f.MinSize}, {"--max-size", f.MaxSize}, {"--min-elements", f.MinElements}} {
		if n.value > 0 {
			add(n.flag, fmt.Sprint(n.value))
		}
	}
	if f.TTL != "" {
		add("--ttl", f.TTL)
	}
	if f.Idle != "" {
		add("--idle", f.Idle)
	}
	return out
}

// classToken is a class of tokens as patterns show it.
var classToken = regexp.MustCompile(`\{([a-z0-9_]+|\*)\}`)

// globHint says what a glob that selects nothing was probably meant to be.
func globHint(glob string) string {
	switch {
	case classToken.MatchString(glob):
		return fmt.Sprintf("a pattern of the report is no glob: --match %s", advice.ShellQuote(classToken.ReplaceAllString(glob, "*")))
	case strings.HasPrefix(glob, "^") || strings.HasSuffix(glob, "$") || strings.Contains(glob, ".*"):
		return fmt.Sprintf("--match takes a glob; the regular expression is --regex %s", advice.ShellQuote(glob))
	case !strings.ContainsAny(glob, `*?[`):
		return fmt.Sprintf("a glob matches whole names: --match %s", advice.ShellQuote(glob+"*"))
	case !strings.HasSuffix(glob, "*"):
		return fmt.Sprintf("a glob matches whole names, to their end: --match %s", advice.ShellQuote(glob+"*"))
	}
	return ""
}
