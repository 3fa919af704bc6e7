package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rdblens/rdblens/cmd/internal/dev/mutants"
)

// verdict is what one command says of a dump.
type verdict struct {
	code       int
	keys, size int64 // -1: it does not say
}

// mutantRunner runs commands on mutants in a directory of its own.
type mutantRunner struct {
	dir string
	t   *testing.T
}

func (m *mutantRunner) run(stdin []byte, args ...string) (code int, out, errs []byte) {
	var o, e bytes.Buffer
	code = run(m.t.Context(), args, bytes.NewReader(stdin), &o, &e, func(string) string { return "" })
	return code, o.Bytes(), e.Bytes()
}

// rows counts rows of keys and adds up their sizes.
func rowsVerdict(t *testing.T, code int, table []byte) verdict {
	v := verdict{code: code}
	rows, err := csv.NewReader(bytes.NewReader(table)).ReadAll()
	if err != nil {
		t.Errorf("rows: %v", err)
	}
	for i, r := range rows {
		if i > 0 {
			n, _ := strconv.ParseInt(r[3], 10, 64)
			v.keys, v.size = v.keys+1, v.size+n
		}
	}
	return v
}

// reportVerdict reads what a report says in JSON.
func reportVerdict(code int, out []byte) verdict {
	var r struct {
		Totals struct {
			Keys   int64 `json:"keys"`
			Memory int64 `json:"memory_bytes"`
		} `json:"totals"`
	}
	if json.Unmarshal(out, &r) != nil {
		return verdict{code: code}
	}
	return verdict{code, r.Totals.Keys, r.Totals.Memory}
}

// verdicts are those of all commands; the first is that of check. Where nothing could
// be read a command says nothing, which counts as no keys. What is asked twice is only
// with all.
func (m *mutantRunner) verdicts(dump []byte, all bool) (names []string, out []verdict, text string) {
	path, twin, rows := filepath.Join(m.dir, "a.rdb"), filepath.Join(m.dir, "b.rdb"), filepath.Join(m.dir, "rows.csv")
	for _, p := range []string{path, twin} {
		if err := os.WriteFile(p, dump, 0o666); err != nil {
			m.t.Fatal(err)
		}
	}
	add := func(name string, v verdict) { names, out = append(names, name), append(out, v) }

	code, o, errs := m.run(nil, "check", "-f", "json", path)
	text = string(errs)
	var c struct {
		Sources []struct {
			Keys  int64  `json:"keys"`
			Error string `json:"error"`
		} `json:"sources"`
	}
	_ = json.Unmarshal(o, &c)
	v := verdict{code: code, size: -1}
	if len(c.Sources) == 1 {
		v.keys, text = c.Sources[0].Keys, c.Sources[0].Error
	}
	add("check", v)

	code, keys, _ := m.run(nil, "keys", "-q", path)
	add("keys", rowsVerdict(m.t, code, keys))
	code, o, _ = m.run(nil, "report", "-q", "-f", "json", path)
	add("report", reportVerdict(code, o))
	if all {
		if again, o2, _ := m.run(nil, "report", "-q", "-f", "json", path); again != code || !bytes.Equal(o, o2) {
			m.t.Errorf("two reports over one dump differ")
		}
	}
	code, o, _ = m.run(dump, "report", "-q", "-f", "json", "-")
	add("report -", reportVerdict(code, o))
	_ = os.Remove(rows)
	code, o, _ = m.run(nil, "report", "-q", "-f", "json", "--keys", rows, path)
	add("report --keys", reportVerdict(code, o))
	table, _ := os.ReadFile(rows)
	if code != exitFailed && !bytes.Equal(table, keys) {
		m.t.Errorf("rows of keys and of report --keys differ:\n%s\n%s", keys, table)
	}
	var w struct {
		Scenarios []struct {
			Before int64 `json:"memory_before_bytes"`
		} `json:"scenarios"`
	}
	code, o, _ = m.run(nil, "whatif", "-q", "-f", "json", "--to", "redis-6.2", "--set", "hash-max-listpack-entries=2", path)
	v = verdict{code: code, keys: -1}
	if json.Unmarshal(o, &w) == nil && len(w.Scenarios) > 0 {
		v.size = w.Scenarios[0].Before
	}
	add("whatif", v)
	if all {
		code, o, _ = m.run(nil, "report", "-q", "-f", "json", "--jobs", "2", path, twin)
		v = reportVerdict(code, o)
		v.keys, v.size = v.keys/2, v.size/2
		add("report of two", v)
	}
	var d struct {
		Totals struct {
			Keys   int64 `json:"keys_before"`
			Memory int64 `json:"memory_before_bytes"`
		} `json:"totals"`
	}
	code, o, _ = m.run(nil, "diff", "-q", "-f", "json", path, twin)
	v = verdict{code: code}
	if json.Unmarshal(o, &d) == nil {
		v.keys, v.size = d.Totals.Keys, d.Totals.Memory
	}
	add("diff", v)
	return names, out, text
}

// disagreements compares the verdicts of commands.
func disagreements(names []string, v []verdict) (out []string) {
	check, first := v[0], v[1]
	if check.keys != first.keys || check.code == exitOK && first.code != exitOK || check.code == exitFailed && first.code != exitFailed {
		out = append(out, fmt.Sprintf("check %+v, keys %+v", check, first))
	}
	for i, x := range v[2:] {
		if x.code != first.code || x.keys >= 0 && x.keys != first.keys || x.size >= 0 && x.size != first.size {
			out = append(out, fmt.Sprintf("%s %+v, keys %+v", names[i+2], x, first))
		}
	}
	return out
}

// TestMutants: all commands say the same of a dump that is wrong in one place, and
// check what servers say. RDBLENS_MUTANTS is how many are made, 150 without (fewer
// under -short); where there is a redis-server, redis-check-rdb judges one in RDBLENS_MUTANTS_CHECKED (8)
// and the server loads one in RDBLENS_MUTANTS_LOADED (0: none).
func TestMutants(t *testing.T) {
	n, checked, loaded := envNumber("RDBLENS_MUTANTS", 150/stride(10)), envNumber("RDBLENS_MUTANTS_CHECKED", 8), envNumber("RDBLENS_MUTANTS_LOADED", 0)
	from := envNumber("RDBLENS_MUTANTS_FROM", 0)
	var seeds [][]byte
	if sharedDir() != "" { // otherwise all mutants are of dumps made here
		for _, f := range corpus(t) {
			if b, err := os.ReadFile(f.file); err == nil && len(b) < 64<<10 {
				seeds = append(seeds, b)
			}
		}
	}
	judge := newJudge(t)
	var mu sync.Mutex
	start := time.Now()
	bad, done, byKind := 0, 0, map[string]int{}
	var workers sync.WaitGroup
	const jobs = 2
	for job := range jobs {
		m := &mutantRunner{dir: fastDir(t), t: t}
		workers.Go(func() {
			for i := from + job; i < from+n; i += jobs {
				x := mutants.New(uint64(i), seeds)
				names, v, text := m.verdicts(x.Dump, i/jobs%4 == 0)
				diff := disagreements(names, v)
				mu.Lock()
				if done++; done%500 == 0 {
					t.Logf("%d of %d after %s, %d disagreements", done, n, time.Since(start).Round(time.Second), bad)
				}
				if byKind[x.Kind]++; len(diff) > 0 {
					if bad++; bad <= 20 {
						t.Errorf("mutant %d (%s): %s\n%s", i, x.Kind, strings.Join(diff, "\n"), text)
					}
				}
				mu.Unlock()
				if x.Version <= 10 && i%max(checked, 1) == 0 && checked > 0 {
					judge.mutant(t, m.dir, i, &x, v[0].code, text, loaded > 0 && i%loaded == 0)
				}
			}
		})
	}
	workers.Wait()
	for _, k := range slices.Sorted(mapsKeys(byKind)) {
		t.Logf("%6d %s", byKind[k], k)
	}
	t.Logf("%d mutants, %d disagreements among our commands", n, bad)
	judge.log(t)
}

// fastDir is a directory in memory where there is one: each mutant is written.
func fastDir(t *testing.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "mutants")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func envNumber(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

func mapsKeys(m map[string]int) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// serverJudge asks redis-check-rdb and redis-server.
type serverJudge struct {
	checker, server string
	mu              sync.Mutex
	checked, loads  int
	kinds           map[string]int
	example         map[string]int
}

func newJudge(t *testing.T) *serverJudge {
	j := &serverJudge{kinds: map[string]int{}, example: map[string]int{}}
	j.checker, _ = exec.LookPath("redis-check-rdb")
	j.server, _ = exec.LookPath("redis-server")
	if j.checker != "" {
		out, _ := exec.Command(j.checker, "--version").CombinedOutput()
		t.Logf("redis-check-rdb: %s", bytes.TrimSpace(out))
	}
	return j
}

// mutant holds our verdict against theirs.
func (j *serverJudge) mutant(t *testing.T, dir string, i int, x *mutants.Mutant, code int, text string, load bool) {
	if j.checker == "" {
		return
	}
	path := filepath.Join(dir, "theirs.rdb")
	if err := os.WriteFile(path, x.Dump, 0o666); err != nil {
		t.Error(err)
		return
	}
	out, err := exec.CommandContext(t.Context(), j.checker, path).CombinedOutput()
	theirs := "passes"
	if err != nil {
		theirs = "refuses: " + reason(string(out))
	}
	loads := ""
	if load && j.server != "" {
		loads = ", server " + j.load(t, dir, path)
	}
	ours := "passes"
	if code != exitOK {
		ours = "refuses"
	}
	kind := ""
	if (code != exitOK) != (err != nil) || strings.HasSuffix(loads, "loads") && code != exitOK || strings.Contains(loads, "stops") && code == exitOK {
		kind = fmt.Sprintf("check %s, redis-check-rdb %s%s [%s] %s", ours, theirs, loads, x.Kind, withoutPlaces(text))
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.checked++; load {
		j.loads++
	}
	if kind != "" {
		if j.kinds[kind]++; j.kinds[kind] == 1 {
			j.example[kind] = i
		}
	}
}

// load starts a server on the dump and says whether it loads or stops, or that it cannot
// be asked: a value of a module that it has not stops it whatever the dump is like.
func (j *serverJudge) load(t *testing.T, dir, path string) string {
	log, err := os.CreateTemp(dir, "log")
	if err != nil {
		t.Error(err)
		return "?"
	}
	defer os.Remove(log.Name())
	defer log.Close()
	cmd := exec.CommandContext(t.Context(), j.server, "--port", "0", "--unixsocket", filepath.Join(dir, "socket"), "--dir", dir, "--dbfilename", filepath.Base(path), "--save", "", "--appendonly", "no", "--crash-memcheck-enabled", "no")
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Error(err)
		return "?"
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		text, _ := os.ReadFile(log.Name())
		if bytes.Contains(text, []byte("ready to accept connections")) {
			_ = cmd.Process.Kill()
			<-ended
			return "loads"
		}
		select {
		case <-ended:
			text, _ := os.ReadFile(log.Name())
			if bytes.Contains(text, []byte("no matching module type")) {
				return "lacks a module"
			}
			return "stops"
		case <-time.After(5 * time.Millisecond):
		}
	}
	_ = cmd.Process.Kill()
	<-ended
	return "hangs"
}

// reason is what redis-check-rdb says is wrong.
func reason(out string) string {
	for line := range strings.Lines(out) {
		for _, mark := range []string{"error detected ", "Internal error in RDB reading", "--- RDB ERROR DETECTED ---"} {
			if _, rest, ok := strings.Cut(line, mark); ok && strings.TrimSpace(rest) != "" {
				return withoutPlaces(strings.TrimSpace(rest))
			}
		}
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	for i, l := range lines {
		if strings.Contains(l, "RDB ERROR DETECTED") && i+1 < len(lines) {
			return withoutPlaces(lines[i+1])
		}
	}
	return withoutPlaces(lines[len(lines)-1])
}

// withoutPlaces leaves out numbers and names.
func withoutPlaces(s string) string {
	var b strings.Builder
	quoted := false
	for _, r := range s {
		switch {
		case r == '"':
			quoted = !quoted
		case quoted, r >= '0' && r <= '9':
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func (j *serverJudge) log(t *testing.T) {
	if j.checked == 0 {
		return
	}
	n := 0
	for _, k := range slices.Sorted(mapsKeys(j.kinds)) {
		n += j.kinds[k]
		t.Logf("%4d (mutant %d) %s", j.kinds[k], j.example[k], k)
	}
	t.Logf("redis-check-rdb judged %d, a server loaded %d: %d differ from check", j.checked, j.loads, n)
}
