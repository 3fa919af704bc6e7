// Package aoflog tells of the commands of append-only files: of those behind a dump, how
// many there are, and how a dump is made of all.
package aoflog

import (
	"bufio"
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

// MostUsed names the commands that bring the most bytes.
func MostUsed(list []aggregate.CommandCount) string {
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

// Copy is where the commands of the hint put a copy, once the first of them has made
// a folder that nobody else can have made before.
const Copy = `"$copy"`

// MakeDump are the commands, for a shell, that make a dump of an append-only file
// without touching the server that writes it: a server on a copy, SAVE once it has
// loaded that, and the report of the result.
func MakeDump(l *source.Log, c *aggregate.CommandLog, server string) []string {
	client := strings.TrimSuffix(server, "-server") + "-cli"
	start := "copy=$(mktemp -d) && cp -R -- " + source.ShellWord(l.Path) + " " + Copy + "/"
	name := l.File
	if !l.Dir {
		name = "appendonly.aof"
		start += name
	}
	start += " && " + server + " --dir " + Copy + " --appendonly yes --appendfilename " + source.ShellWord(name)
	if l.Dir {
		start += " --appenddirname " + source.ShellWord(filepath.Base(filepath.Clean(l.Path)))
	}
	if c.Databases > 16 {
		start += fmt.Sprintf(" --databases %d", c.Databases)
	}
	start += " --save '' --port 0 --unixsocket " + Copy + "/socket --daemonize yes"
	cli := client + " -s " + Copy + "/socket"
	return []string{start, "until " + cli + " SAVE | grep OK; do sleep 1; done; " + cli + " SHUTDOWN NOSAVE", "rdblens " + Copy + "/dump.rdb"}
}

// Tail counts the commands behind a dump: those of an append-only file that
// begins with one. Behind a replication transfer they are no part of a file.
type Tail struct {
	file    bool       // the source begins with the dump
	mu      sync.Mutex // an analysis that was interrupted may show more
	ended   bool
	w       *io.PipeWriter
	done    chan struct{}
	counter commandlog.Counter
}

// Begin looks at the source's first byte.
func (t *Tail) Begin(r *bufio.Reader) {
	head, _ := r.Peek(1)
	t.file = len(head) > 0 && (head[0] == 'R' || head[0] == 'V')
}

// Show is parser.Options.Tail.
func (t *Tail) Show(kind string, piece []byte) {
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

// End waits until everything is counted.
func (t *Tail) End() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ended = true
	if t.w != nil {
		_ = t.w.Close()
		<-t.done
	}
}

// Log is what was counted, nil for no commands.
func (t *Tail) Log(name string) *aggregate.CommandLog {
	if t.w == nil {
		return nil
	}
	l := t.counter.Log(name)
	if l.Commands == 0 {
		return nil
	}
	return &l
}
