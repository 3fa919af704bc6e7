// Package liveredis runs a throw-away redis-server on a loopback port and
// speaks RESP to it: what the generators of test data need, and no more.
package liveredis

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// startTimeout bounds how long a server may take to load its dump and answer.
const startTimeout = 5 * time.Minute

// Server is a running redis-server whose files lie in Dir.
type Server struct {
	Dir  string
	Addr string
	cmd  *exec.Cmd
	log  *logTail
	done chan struct{} // closed once the process was waited for
	err  error         // its exit error, valid after done
}

// Start runs the program bin (a name to look up or a path) in dir, with
// persistence off and a free port of 127.0.0.1, and waits until it answers and
// has loaded its dump, if dir holds a dump.rdb. A redis.conf in dir is its
// configuration file, which CONFIG REWRITE needs. args are added to its command
// line. When ctx ends the process is killed.
func Start(ctx context.Context, bin, dir string, args ...string) (*Server, error) {
	// A port is free only at the moment it is asked for, so a lost race is
	// tried again.
	var err error
	for range 5 {
		var port int
		if port, err = freePort(); err != nil {
			return nil, err
		}
		var s *Server
		if s, err = start(ctx, bin, dir, port, args); err == nil {
			return s, nil
		}
		if ctx.Err() != nil || !errors.Is(err, errExited) {
			break
		}
	}
	return nil, err
}

var errExited = errors.New("server ended while starting")

func start(ctx context.Context, bin, dir string, port int, args []string) (*Server, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("resolve %q: %w", dir, err)
	}
	argv := append([]string{
		"--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--dir", abs, "--dbfilename", "dump.rdb",
		"--save", "", "--appendonly", "no", "--daemonize", "no",
	}, args...)
	if conf := filepath.Join(abs, "redis.conf"); isFile(conf) {
		argv = append([]string{conf}, argv...)
	}
	s := &Server{
		Dir:  abs,
		Addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)),
		cmd:  exec.CommandContext(ctx, bin, argv...),
		log:  &logTail{},
		done: make(chan struct{}),
	}
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %q: %w", bin, err)
	}
	go func() {
		s.err = s.cmd.Wait()
		close(s.done)
	}()
	if err := s.waitReady(ctx); err != nil {
		s.kill()
		return nil, err
	}
	return s, nil
}

func (s *Server) waitReady(ctx context.Context) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.NewTimer(startTimeout)
	defer deadline.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-deadline.C:
			return fmt.Errorf("no answer within %v: %s", startTimeout, s.log)
		case <-s.done:
			return fmt.Errorf("%w (%v): %s", errExited, s.cmd.ProcessState, s.log)
		case <-tick.C:
		}
		c, err := s.Dial()
		if err != nil {
			continue
		}
		_, err = c.Do("PING") // an error while the dump is being loaded
		// Another process may have taken the port: our own must be alive and
		// must be the one that answers.
		dir, dirErr := c.Do("CONFIG", "GET", "dir")
		c.Close()
		if err == nil && dirErr == nil && ownDir(dir, s.Dir) {
			return nil
		}
	}
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func ownDir(reply any, dir string) bool {
	l, _ := reply.([]any)
	if len(l) != 2 {
		return false
	}
	got, _ := l[1].(string)
	resolved, err := filepath.EvalSymlinks(dir)
	return got == dir || err == nil && got == resolved
}

// Dump returns the path of the server's dump file.
func (s *Server) Dump() string { return filepath.Join(s.Dir, "dump.rdb") }

// Stop shuts the server down without saving and waits for its end.
func (s *Server) Stop() error {
	if c, err := s.Dial(); err == nil {
		// The server closes the connection instead of answering.
		_, _ = c.Do("SHUTDOWN", "NOSAVE")
		c.Close()
	}
	select {
	case <-s.done:
		return s.err
	case <-time.After(30 * time.Second):
		s.kill()
		return fmt.Errorf("server did not stop within 30 s: %s", s.log)
	}
}

func (s *Server) kill() {
	_ = s.cmd.Process.Signal(os.Kill)
	<-s.done
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("look for a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// logTail keeps the end of what the server prints, for error messages.
type logTail struct {
	mu  sync.Mutex
	buf []byte
}

const logTailSize = 4 << 10

func (t *logTail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, p...)
	if n := len(t.buf) - logTailSize; n > 0 {
		t.buf = append(t.buf[:0], t.buf[n:]...)
	}
	return len(p), nil
}

func (t *logTail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.TrimSpace(t.buf))
}
