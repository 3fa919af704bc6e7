package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/commandlog"
	"github.com/rdblens/rdblens/cmd/internal/source"
	"github.com/rdblens/rdblens/report/units"
)

// An append-only file holds commands, behind a base that may be empty. They are
// counted, and the report says how much is not in it: replaying them takes a server's
// memory, and a server is at hand: see logHints.

// countLogs counts the commands of the logs of a set and of those behind dumps.
func (a *app) countLogs(ctx context.Context, r *analysis, set *source.Set, tails []tailCounter, cfg *aggregate.Config) error {
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
		if l := tails[i].log(set.Sources[i].Name); l != nil && isPreamble(r.summary, l.Name) {
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
			l.Name, units.Plural(l.Commands, "command"), units.Bytes(l.Bytes), mostUsed(l.ByCommand))
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
	l.MakeDump = logHints(from, l, server)
	a.msg.hintf("a server of the same line (%s) makes a dump of a copy:", line)
	for _, text := range l.MakeDump {
		a.msg.hintf("  %s", text)
	}
}

// mostUsed names the commands that bring the most bytes.
func mostUsed(list []aggregate.CommandCount) string {
	const few = 4
	var words []string
	for i, x := range list {
		if i == few {
			words = append(words, fmt.Sprintf("%d more", len(list)-few))
			break
		}
		words = append(words, x.Name+" "+units.Grouped(x.Commands))
	}
	return strings.Join(words, ", ")
}

// copyOfLog is where the commands of the hint put a copy, once the first of them has made
// a folder that nobody else can have made before.
const copyOfLog = `"$copy"`

// logHints are the commands, for a shell, that make a dump of an append-only file
// without touching the server that writes it: a server on a copy, SAVE once it has
// loaded that, and the report of the result.
func logHints(l *source.Log, c *aggregate.CommandLog, server string) []string {
	client := strings.TrimSuffix(server, "-server") + "-cli"
	start := "copy=$(mktemp -d) && cp -R -- " + source.ShellWord(l.Path) + " " + copyOfLog + "/"
	name := l.File
	if !l.Dir {
		name = "appendonly.aof"
		start += name
	}
	start += " && " + server + " --dir " + copyOfLog + " --appendonly yes --appendfilename " + source.ShellWord(name)
	if l.Dir {
		start += " --appenddirname " + source.ShellWord(filepath.Base(filepath.Clean(l.Path)))
	}
	if c.Databases > 16 {
		start += fmt.Sprintf(" --databases %d", c.Databases)
	}
	start += " --save '' --port 0 --unixsocket " + copyOfLog + "/socket --daemonize yes"
	cli := client + " -s " + copyOfLog + "/socket"
	return []string{start, "until " + cli + " SAVE | grep OK; do sleep 1; done; " + cli + " SHUTDOWN NOSAVE", "rdblens " + copyOfLog + "/dump.rdb"}
}

// tailCounter counts the commands behind a dump: those of an append-only file that
// begins with one. Behind a replication transfer they are no part of a file.
type tailCounter struct {
	file    bool       // the source begins with the dump
	mu      sync.Mutex // an analysis that was interrupted may show more
	ended   bool
	w       *io.PipeWriter
	done    chan struct{}
	counter commandlog.Counter
}

// begin looks at the source's first byte.
func (t *tailCounter) begin(r *bufio.Reader) {
	head, _ := r.Peek(1)
	t.file = len(head) > 0 && (head[0] == 'R' || head[0] == 'V')
}

// show is parser.Options.Tail.
func (t *tailCounter) show(kind string, piece []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.file || kind != "aof" || t.ended {
		return
	}
	if t.w == nil {
		var r *io.PipeReader
		r, t.w = io.Pipe()
		t.done = make(chan struct{})
		go func() {
			defer close(t.done)
			_ = t.counter.Read(r) // it has the errors of its own writer only
		}()
	}
	_, _ = t.w.Write(piece)
}

// end waits until everything is counted.
func (t *tailCounter) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ended = true
	if t.w != nil {
		_ = t.w.Close()
		<-t.done
	}
}

// log is what was counted, nil for no commands.
func (t *tailCounter) log(name string) *aggregate.CommandLog {
	if t.w == nil {
		return nil
	}
	l := t.counter.Log(name)
	if l.Commands == 0 {
		return nil
	}
	return &l
}
