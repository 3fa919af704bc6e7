package memory_test

import (
	"bufio"
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// oddStrings are on the border between integers and text (util.c string2ll).
var oddStrings = []string{"", "0", "-0", "+1", "007", " 1", "1 ", "1.0", "1e5", "-1", "9999", "10000", "\x00",
	"9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
	"18446744073709551615", "12345678901234567890", "00000000000000000001", "99999999999999999999"}

// population writes a dump of every type that Redis 7.0 loads, the old packed
// forms among them. Sizes are on both sides of each limit with seed 0, and at
// random with others.
func population(seed uint64, keys *int) []byte {
	r := rand.New(rand.NewPCG(1, 2+seed))
	w := rdbtest.Redis(10).Aux("redis-ver", "7.0.15").SelectDB(0)
	put := func(kind string, v rdbtest.Value) {
		*keys++
		name := r.IntN(40)
		if seed > 0 && r.IntN(20) == 0 {
			name = r.IntN(60000)
		}
		if seed > 0 && r.IntN(3) == 0 {
			w.ExpireMs(4000000000000 + r.Int64N(1<<32)) // in the year 2096
		}
		w.Put(fmt.Sprintf("%s:%d:%s", kind, *keys, strings.Repeat("k", name)), v)
	}
	text := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = 'a' + byte(r.IntN(26))
		}
		return string(b)
	}
	lengths := []int{0, 1, 2, 11, 12, 13, 31, 32, 40, 63, 64}
	long := []int{65, 66, 100, 127, 128, 250, 253, 254, 255, 256, 300, 1000, 4095, 4096, 5000}
	element := func(i int, kind int) string {
		switch kind {
		case 0: // integers of every width
			v := r.Int64() >> r.IntN(63)
			if r.IntN(2) == 0 {
				v = -v
			}
			return strconv.FormatInt(v, 10)
		case 1:
			if seed > 0 && r.IntN(50) == 0 {
				return oddStrings[r.IntN(len(oddStrings))]
			}
			return strconv.Itoa(i) + text(lengths[r.IntN(len(lengths)-3)])
		case 2:
			return strconv.Itoa(i) + text(long[r.IntN(len(long))])
		default:
			return strconv.Itoa(i)
		}
	}
	collection := func(n int, mix int) []string {
		s := make([]string, 0, n)
		seen := map[string]bool{}
		at := r.IntN(n)
		for i := 0; len(s) < n; i++ {
			kind := mix
			if mix == 4 { // one long element at a random place
				kind = 1
				if len(s) == at {
					kind = 2
				}
			}
			if mix == 5 {
				kind = r.IntN(2)
			}
			if e := element(i, kind); !seen[e] {
				seen[e] = true
				s = append(s, e)
			}
		}
		return s
	}
	counts := []int{1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 31, 33, 64, 100, 127, 128, 129, 130, 200, 256, 257, 511, 512, 513, 600, 1000, 1024, 1025}
	if seed > 0 {
		for i := range lengths {
			lengths[i] = r.IntN(60)
		}
		for i := range long {
			long[i] = 65 + r.IntN(64<<r.IntN(7))
		}
		for i := range counts {
			if r.IntN(4) > 0 {
				counts[i] = 1 + r.IntN(4<<r.IntN(9))
			}
		}
	}
	score := func() float64 {
		switch r.IntN(6) {
		case 0:
			return float64(r.IntN(1000))
		case 1:
			return float64(r.Int64())
		case 2:
			return r.NormFloat64()
		case 3:
			return math.Float64frombits(r.Uint64()&^(0x7ff<<52) | uint64(r.IntN(2046))<<52)
		case 4:
			return math.Inf(1 - 2*r.IntN(2))
		default:
			return math.Copysign(0, -1)
		}
	}
	for n := range 150 {
		put("string", rdbtest.String(rdbtest.Plain(text(n))))
	}
	for _, n := range []int{250, 256, 1000, 4000, 16381, 65535, 65536, 100000, 1 << 20} {
		put("string", rdbtest.String(rdbtest.Plain(text(n))))
		put("string", rdbtest.String(rdbtest.LZF(strings.Repeat("ab", n))))
	}
	for range 60 {
		put("string", rdbtest.String(rdbtest.Plain(element(0, 0))))
		put("string", rdbtest.String(rdbtest.Int(int32(r.IntN(20000)))))
	}
	for _, s := range oddStrings {
		put("string", rdbtest.String(rdbtest.Plain(s)))
	}
	if seed > 0 {
		for range 300 {
			n := r.IntN(16 << r.IntN(15))
			put("string", rdbtest.String(rdbtest.Plain(text(n))))
			put("string", rdbtest.String(rdbtest.LZF(strings.Repeat(text(1+n%7), 5+n/7))))
		}
		n := 20000 + r.IntN(50000)
		var members []rdbtest.Str
		var scored []rdbtest.Scored
		for i := range n {
			e := strconv.Itoa(i) + text(r.IntN(20))
			members = append(members, rdbtest.Plain(e))
			scored = append(scored, rdbtest.Scored{Member: rdbtest.Plain(e), Score: score()})
		}
		put("list", rdbtest.List(members...))
		put("set", rdbtest.Set(members...))
		put("hash", rdbtest.Hash(members[:n&^1]...))
		put("zset", rdbtest.Zset2(scored...))
	}
	for _, n := range counts {
		for mix := range 6 {
			if mix == 2 && n > 130 {
				continue // megabytes of nothing new
			}
			c := collection(n, mix)
			put("list", rdbtest.List(rdbtest.Strs(c...)...))
			put("set", rdbtest.Set(rdbtest.Strs(c...)...))
			pairs := make([]rdbtest.Str, 0, 2*n)
			flat := make([]string, 0, 2*n)
			values := collection(n, (mix+1)%6)
			for i, f := range c {
				flat = append(flat, f, values[i])
				pairs = append(pairs, rdbtest.Auto(f), rdbtest.Auto(values[i]))
			}
			put("hash", rdbtest.Hash(pairs...))
			put("hash-listpack", rdbtest.HashListpack(rdbtest.NewListpack(flat...).Str()))
			put("hash-ziplist", rdbtest.HashZiplist(rdbtest.NewZiplist(flat...).Str()))
			if mix != 2 && n < 1000 {
				put("hash-zipmap", rdbtest.HashZipmap(rdbtest.NewZipmap(flat...).Str()))
			}
			put("list-ziplist", rdbtest.ListZiplist(rdbtest.NewZiplist(c...).Str()))
			half := n / 2
			nodes := []rdbtest.Str{rdbtest.NewZiplist(c[half:]...).Str()}
			if half > 0 {
				nodes = append(nodes, rdbtest.NewZiplist(c[:half]...).LZF())
			}
			put("quicklist", rdbtest.Quicklist(nodes...))
			packed := []rdbtest.Node{rdbtest.PackedNode(rdbtest.NewListpack(c...).Str())}
			if mix == 4 {
				packed = append(packed, rdbtest.PlainNode(rdbtest.Plain(text(9000))))
			}
			put("quicklist2", rdbtest.Quicklist2(packed...))
			var scored []rdbtest.Scored
			var entries []string
			for i, m := range c {
				scored = append(scored, rdbtest.Scored{Member: rdbtest.Auto(m), Score: score()})
				entries = append(entries, m, strconv.Itoa(i))
			}
			put("zset", rdbtest.Zset2(scored...))
			put("zset1", rdbtest.Zset1(scored...))
			put("zset-listpack", rdbtest.ZsetListpack(rdbtest.NewListpack(entries...).Str()))
			put("zset-ziplist", rdbtest.ZsetZiplist(rdbtest.NewZiplist(entries...).Str()))
		}
		for _, width := range []int64{1, 1 << 20, 1 << 40} {
			ints := make([]int64, n)
			for i := range ints {
				ints[i] = int64(i-n/3) * width
			}
			put("intset", rdbtest.SetIntset(rdbtest.Plain(rdbtest.Intset(ints...))))
		}
	}
	for groups := range 4 {
		for _, entries := range []int{1, 3, 100, 1000} {
			s := rdbtest.Stream{Length: uint64(entries)}
			var ids []rdbtest.ID
			for i := 0; i < entries; {
				var node []rdbtest.Entry
				for range min(100, entries-i) {
					id := rdbtest.ID{Ms: 1700000000000 + uint64(i)*uint64(1+r.IntN(300)), Seq: uint64(r.IntN(2))}
					if n := len(ids); n > 0 && (id.Ms <= ids[n-1].Ms) {
						id.Ms = ids[n-1].Ms + 1
					}
					ids = append(ids, id)
					node = append(node, rdbtest.Entry{ID: id, Fields: []string{"field", text(1 + r.IntN(20)), "n", strconv.Itoa(i)}})
					i++
				}
				s.Nodes = append(s.Nodes, rdbtest.NewStreamNode(node...))
			}
			s.Last = ids[len(ids)-1]
			s.First = ids[0]
			s.EntriesAdded = uint64(entries)
			for g := range groups {
				group := rdbtest.Group{Name: rdbtest.Auto(fmt.Sprintf("group-%d", g)), Last: s.Last}
				first := rdbtest.Consumer{Name: rdbtest.Auto("a" + text(r.IntN(50)))}
				second := rdbtest.Consumer{Name: rdbtest.Auto("b" + text(r.IntN(50)))}
				for i, id := range ids {
					if r.IntN(2) == 0 {
						continue
					}
					group.Pending = append(group.Pending, rdbtest.Pending{ID: id, DeliveryMs: 1700000000000, Count: 1})
					if i%3 == 0 {
						first.Pending = append(first.Pending, id)
					} else {
						second.Pending = append(second.Pending, id)
					}
				}
				group.Consumers = []rdbtest.Consumer{first, second}
				s.Groups = append(s.Groups, group)
			}
			put("stream", s.Value(2))
		}
	}
	return w.EOF().Bytes()
}

// liveServer is a server started for one test.
type liveServer struct {
	t    *testing.T
	conn net.Conn
	r    *bufio.Reader
}

// startServer runs redis-server on a dump and waits until it has loaded it.
func startServer(t *testing.T, dump []byte, settings []string) *liveServer {
	t.Helper()
	bin, err := exec.LookPath("redis-server")
	if err != nil {
		if os.Getenv("RDBLENS_CI") != "" {
			t.Fatal("redis-server is not installed")
		}
		t.Skip("redis-server is not installed")
	}
	dir, err := os.MkdirTemp("", "live") // t.TempDir is too long for a socket's path
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.WriteFile(filepath.Join(dir, "dump.rdb"), dump, 0o600); err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "s")
	args := []string{"--port", "0", "--unixsocket", socket, "--dir", dir, "--save", "", "--daemonize", "no",
		"--logfile", "", "--appendonly", "no"}
	cmd := exec.Command(bin, append(args, settings...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	log := bufio.NewScanner(out)
	var seen []string
	for log.Scan() {
		seen = append(seen, log.Text())
		if strings.Contains(strings.ToLower(log.Text()), "ready to accept connections") {
			break
		}
	}
	go func() {
		for log.Scan() {
		}
	}()
	conn, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatalf("%v\n%s", err, strings.Join(seen, "\n"))
	}
	t.Cleanup(func() { conn.Close() })
	return &liveServer{t, conn, bufio.NewReader(conn)}
}

// do sends a command and returns its reply, a bulk string, status or integer.
func (s *liveServer) do(args ...string) string {
	s.t.Helper()
	w := bufio.NewWriter(s.conn)
	fmt.Fprintf(w, "*%d\r\n", len(args))
	for _, a := range args {
		fmt.Fprintf(w, "$%d\r\n%s\r\n", len(a), a)
	}
	if err := w.Flush(); err != nil {
		s.t.Fatal(err)
	}
	head, err := s.r.ReadString('\n')
	if err != nil {
		s.t.Fatal(err)
	}
	head = strings.TrimRight(head, "\r\n")
	switch head[0] {
	case '$':
		n, err := strconv.Atoi(head[1:])
		if err != nil || n < 0 {
			return ""
		}
		body := make([]byte, n+2)
		if _, err := readFull(s.r, body); err != nil {
			s.t.Fatal(err)
		}
		return string(body[:n])
	case '-':
		s.t.Fatalf("%q: %s", args, head)
	}
	return head[1:]
}

func readFull(r *bufio.Reader, p []byte) (int, error) {
	n := 0
	for n < len(p) {
		m, err := r.Read(p[n:])
		n += m
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

func field(info, name string) string {
	for l := range strings.Lines(info) {
		if k, v, ok := strings.Cut(strings.TrimSpace(l), ":"); ok && k == name {
			return v
		}
	}
	return ""
}

// liveProfile finds out what server answers.
func liveProfile(t *testing.T, s *liveServer) memory.Profile {
	t.Helper()
	info := s.do("INFO")
	name := "redis-" + field(info, "redis_version")
	if v := field(info, "valkey_version"); v != "" {
		name = "valkey-" + v
	}
	server, err := memory.ParseServer(name)
	if err != nil {
		t.Skipf("no model for this server: %v", err)
	}
	p := memory.Profile{Server: server, Config: memory.DefaultConfig()}
	if strings.HasPrefix(field(info, "mem_allocator"), "libc") {
		p.Allocator = memory.Libc
		return p
	}
	// 45 bytes take an sds of 49: a block of 56, or 64 with quantum 16. The
	// length of the name does not matter for the difference.
	s.do("SET", "probe", strings.Repeat("x", 45))
	usage, err := strconv.ParseInt(s.do("MEMORY", "USAGE", "probe"), 10, 64)
	s.do("DEL", "probe")
	if err != nil {
		t.Fatal(err)
	}
	m := memory.NewMeter(p, false)
	k := parser.Key{Type: parser.TypeString, NameLen: 5, Len: 45, Count: 1}
	m.Begin(&k)
	if m.End(&k).Bytes != usage {
		p.Allocator = memory.JemallocDebian
	}
	return p
}

// TestLiveServer compares the model with a server that loads every type of
// dump record it knows, those that only old servers write among them.
func TestLiveServer(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a server")
	}
	for _, seed := range []uint64{0, liveSeed(t)} {
		name := "limits"
		if seed > 0 {
			name = "random"
		}
		t.Run(name, func(t *testing.T) {
			t.Logf("seed %d (set RDBLENS_SEED to repeat it)", seed)
			testLiveServer(t, seed)
		})
	}
}

// liveSeed returns the seed of random data: another one in each run, so that
// the model meets sizes nobody thought of, unless RDBLENS_SEED names it.
func liveSeed(t *testing.T) uint64 {
	t.Helper()
	text := os.Getenv("RDBLENS_SEED")
	if text == "" {
		return 1 + rand.Uint64N(1<<32)
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil || seed == 0 {
		t.Fatalf("RDBLENS_SEED is %q, want a number from 1", text)
	}
	return seed
}

func testLiveServer(t *testing.T, seed uint64) {
	keys := 0
	dump := population(seed, &keys)
	path := filepath.Join(t.TempDir(), "dump.rdb")
	if err := os.WriteFile(path, dump, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name     string
		settings []string
	}{
		{"defaults", nil},
		{"tight", []string{"--hash-max-listpack-entries", "100", "--hash-max-listpack-value", "20", "--zset-max-listpack-entries", "16",
			"--zset-max-listpack-value", "12", "--set-max-intset-entries", "64", "--list-max-listpack-size", "10", "--list-compress-depth", "2"}},
		{"wide", []string{"--hash-max-ziplist-entries", "2000", "--hash-max-ziplist-value", "1kb", "--zset-max-ziplist-entries", "2000",
			"--zset-max-ziplist-value", "1000", "--set-max-intset-entries", "5000", "--list-max-ziplist-size", "-5", "--maxmemory", "2gb",
			"--maxmemory-policy", "allkeys-lfu"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := startServer(t, dump, tt.settings)
			if got := s.do("DBSIZE"); got != strconv.Itoa(keys) {
				t.Fatalf("the server holds %s keys of %d", got, keys)
			}
			p := liveProfile(t, s)
			for i := 0; i < len(tt.settings); i += 2 {
				if known, err := p.Config.Set(strings.TrimPrefix(tt.settings[i], "--"), tt.settings[i+1]); !known || err != nil {
					t.Fatalf("%s: known %v, %v", tt.settings[i], known, err)
				}
			}
			compareLive(t, s, path, p)
		})
	}
}

func compareLive(t *testing.T, s *liveServer, path string, p memory.Profile) {
	truth := map[string]truthKey{}
	sizeDump(t, path, p, false, func(k *parser.Key, _ memory.Size, _ memory.Meter) {
		name := string(k.Name)
		usage, err := strconv.ParseInt(s.do("MEMORY", "USAGE", name, "SAMPLES", "0"), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		kind, _, _ := strings.Cut(name, ":")
		truth["0/"+name] = truthKey{fmt.Sprintf("%s(%d)", kind, k.Type), s.do("OBJECT", "ENCODING", name), usage}
	})
	c := compareTruth(t, path, p, truth)
	t.Logf("%s with %s", p.Server, p.Allocator)
	report(t, c)
	judgeKeys(t, p, c)
}
