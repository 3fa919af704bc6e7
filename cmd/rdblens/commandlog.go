package main

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/commandlog"
	"github.com/rdblens/rdblens/cmd/internal/aoflog"
	"github.com/rdblens/rdblens/cmd/internal/source"
	"github.com/rdblens/rdblens/report/units"
)

// An append-only file holds commands, behind a base that may be empty. They are
// counted, and the report says how much is not in it: replaying them takes a server's
// memory, and a server is at hand: see logHints.

// countLogs counts the commands of the logs of a set and of those behind dumps.
func (a *app) countLogs(ctx context.Context, r *analysis, set *source.Set, tails []aoflog.Tail, cfg *aggregate.Config) error {
	for i := range set.Logs {
		l, err := countLog(a.readingUnder(ctx), &set.Logs[i])
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			r.failed = append(r.failed, failure{set.Logs[i].Name, err})
			a.msg.errorf("%s: %v", set.Logs[i].Name, err)
		}
		if l.Commands == 0 && l.Error == "" {
			continue
		}
		a.sayLog(&set.Logs[i], &l, r.summary)
		r.logs = append(r.logs, l)
	}
	for i := range tails {
		if l := tails[i].Log(set.Sources[i].Name); l != nil && isPreamble(r.summary, l.Name) {
			a.sayLog(&source.Log{Path: l.Name, Base: l.Name, File: filepath.Base(l.Name)}, l, r.summary)
			r.logs = append(r.logs, *l)
		}
	}
	if len(r.logs) == 0 {
		return nil
	}
	r.partial = true
	if r.summary == nil {
		var err error
		r.summary, err = aggregate.NewSummary(cfg)
		return err
	}
	return nil
}

// isPreamble reports whether the dump of a source is the beginning of an append-only
// file, as it says itself (rdb.c rdbSaveInfoAuxFields; aof-preamble up to 6.2).
func isPreamble(s *aggregate.Summary, name string) bool {
	for _, src := range s.Report().Sources {
		if src.Name == name {
			return src.Aux["aof-base"] == "1" || src.Aux["aof-preamble"] == "1"
		}
	}
	return false
}

func countLog(ctx context.Context, l *source.Log) (aggregate.CommandLog, error) {
	var c commandlog.Counter
	for _, s := range l.Files {
		st, cancel, err := open(ctx, s)
		if err == nil {
			err = c.Read(st)
			st.Close()
		}
		cancel()
		if err != nil {
			return c.Log(l.Name), err
		}
	}
	return c.Log(l.Name), nil
}

// sayLog says what is not in the report, and how to have it in one.
func (a *app) sayLog(from *source.Log, l *aggregate.CommandLog, s *aggregate.Summary) {
	if l.Commands > 0 {
		a.msg.warnf("%s: %s (%s) are commands of an append-only file, and what they changed is not in here: %s",
			l.Name, units.Plural(l.Commands, "command"), units.Bytes(l.Bytes), aoflog.MostUsed(l.ByCommand))
	}
	if l.Error != "" {
		a.msg.warnf("%s: %s: nothing behind it is counted", l.Name, l.Error)
	}
	if from.Path == source.StdinName {
		return
	}
	server, line := "redis-server", "the one that wrote it"
	if s != nil {
		for _, src := range s.Report().Sources {
			if src.Name == from.Base && src.ServerVersion != "" {
				line = src.ServerVersion
				if strings.HasPrefix(line, "valkey") {
					server = "valkey-server"
				}
			}
		}
	}
	l.MakeDump = aoflog.MakeDump(from, l, server)
	a.msg.hintf("a server of the same line (%s) makes a dump of a copy:", line)
	for _, text := range l.MakeDump {
		a.msg.hintf("  %s", text)
	}
}
