package keytest

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/parser/rdbtest"
)

// Scheme is a way applications name keys; key makes one with an id of its own.
type Scheme struct {
	Name    string
	Pattern string // how its row is called
	Key     func(rnd *rand.Rand, i int) string
}

const (
	base36    = "abcdefghijklmnopqrstuvwxyz0123456789"
	lowercase = "abcdefghijklmnopqrstuvwxyz"
	crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
)

func pick(rnd *rand.Rand, alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[rnd.IntN(len(alphabet))]
	}
	return string(b)
}

func randomBytes(rnd *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rnd.Uint32())
	}
	return b
}

func choose(rnd *rand.Rand, of ...string) string { return of[rnd.IntN(len(of))] }

// Schemes are twenty of them. Six begin with the id or with what looks random.
var Schemes = []Scheme{
	{"uuid", "session:{uuid}", func(r *rand.Rand, _ int) string {
		h := hex.EncodeToString(randomBytes(r, 16))
		return "session:" + h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:]
	}},
	{"int", "user:{int}:profile", func(_ *rand.Rand, i int) string { return fmt.Sprintf("user:%d:profile", i*7919) }},
	{"short hex", "frag:{hex}", func(r *rand.Rand, _ int) string { return "frag:" + hex.EncodeToString(randomBytes(r, 5)) }},
	{"date-stamped", "stats:{date}:visits:{int}", func(_ *rand.Rand, i int) string {
		return fmt.Sprintf("stats:2024-%02d-%02d:visits:%d", 1+i%12, 1+i%28, i)
	}},
	{"reversed", "{int}:user:settings", func(_ *rand.Rand, i int) string { return fmt.Sprintf("%d:user:settings", i*31+7) }},
	{"base64", "token:{b64}", func(r *rand.Rand, _ int) string {
		return "token:" + base64.StdEncoding.EncodeToString(randomBytes(r, 16))
	}},
	{"hash-tagged", "{{user{int}}}.following", func(_ *rand.Rand, i int) string { return fmt.Sprintf("{user%d}.following", i) }},
	{"dotted", "metrics.host{int}.cpu.load", func(_ *rand.Rand, i int) string { return fmt.Sprintf("metrics.host%d.cpu.load", i) }},
	{"slashed", "/api/v{int}/users/{int}/photo", func(r *rand.Rand, i int) string { return fmt.Sprintf("/api/v%d/users/%d/photo", 1+r.IntN(3), i) }},
	{"ulid", "event:{ulid}", func(r *rand.Rand, _ int) string { return "event:01" + pick(r, crockford, 24) }},
	{"email", "mail:{email}:inbox", func(r *rand.Rand, i int) string {
		return fmt.Sprintf("mail:%s.%s%d@%s.example.com:inbox", pick(r, lowercase, 4), pick(r, lowercase, 6), i, choose(r, "mail", "post", "corp"))
	}},
	{"ip", "rate:{ip}", func(r *rand.Rand, _ int) string {
		return fmt.Sprintf("rate:%d.%d.%d.%d", r.IntN(256), r.IntN(256), r.IntN(256), r.IntN(256))
	}},
	{"digest", "{hex}:blob", func(r *rand.Rand, i int) string {
		return hex.EncodeToString(randomBytes(r, []int{16, 20, 32}[i%3])) + ":blob"
	}},
	{"camel case", "userSettingsCache{int}", func(_ *rand.Rand, i int) string { return "userSettingsCache" + strconv.Itoa(i) }},
	{"snake case", "order_item_{int}_v{int}", func(r *rand.Rand, i int) string { return fmt.Sprintf("order_item_%d_v%d", i, 1+r.IntN(3)) }},
	{"no separator", "acct{int}balance", func(_ *rand.Rand, i int) string { return fmt.Sprintf("acct%dbalance", i) }},
	{"composite", "order-{int}-{int}-{*}", func(r *rand.Rand, i int) string {
		return fmt.Sprintf("order-%d-%04d-%s", 2000+r.IntN(30), i, pick(r, "ghjklmnpqrstuvwxyz", 3))
	}},
	{"locale suffix", "page:{int}:{*}-{*}", func(r *rand.Rand, i int) string {
		return fmt.Sprintf("page:%d:%s", i, choose(r, "en-US", "en-GB", "de-DE", "de-AT", "fr-FR", "fr-CA", "pt-BR", "pt-PT", "es-ES", "es-MX", "it-IT", "nl-NL", "ja-JP", "ko-KR", "zh-CN", "zh-TW"))
	}},
	{"short ids", "url:{alnum}", func(r *rand.Rand, _ int) string { return "url:" + pick(r, base36, 7) }},
	{"binary prefix", "{bin}:session", func(r *rand.Rand, _ int) string { return "\x01\xff" + string(randomBytes(r, 8)) + "\xfe:session" }},
}

// Usernames look like words: the place they stand at goes wide.
var Usernames = Scheme{"usernames", "nick:{*}", func(r *rand.Rand, _ int) string { return "nick:" + pick(r, lowercase, 5+r.IntN(8)) }}

// schemeDump streams a dump of n string keys, the schemes in turns.
type schemeDump struct {
	schemes []Scheme
	n, i    int
	rnd     *rand.Rand
	rest    []byte
	ended   bool
}

// NewSchemeDump returns a dump of n keys named by schemes, written as it is read.
func NewSchemeDump(n int, s []Scheme) *schemeDump {
	d := &schemeDump{schemes: s, n: n, rnd: rand.New(rand.NewPCG(20, 21))}
	d.rest = rdbtest.Redis(11).Aux("redis-ver", "7.2.6").Aux("ctime", "1763700000").SelectDB(0).Bytes()
	return d
}

func (d *schemeDump) Read(p []byte) (int, error) {
	if len(d.rest) == 0 {
		if d.i == d.n {
			if d.ended {
				return 0, io.EOF
			}
			d.ended = true
			d.rest = append([]byte{0xff}, make([]byte, 8)...) // no checksum
		} else {
			w := new(rdbtest.Writer)
			value := rdbtest.String(rdbtest.Plain("0123456789abcdef0123456789"))
			for range min(1000, d.n-d.i) {
				s := d.schemes[d.i%len(d.schemes)]
				w.PutStr(rdbtest.Plain(s.Key(d.rnd, d.i)), value)
				d.i++
			}
			d.rest = w.Bytes()
		}
	}
	n := copy(p, d.rest)
	d.rest = d.rest[n:]
	return n, nil
}

// ResetPeak makes PeakRSS count from now on, where the system can.
func ResetPeak() {
	debug.FreeOSMemory()
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // proc(5): resets VmHWM
}

// PeakRSS returns the most memory the process had, MiB.
func PeakRSS(b *testing.B) float64 {
	if runtime.GOOS != "linux" {
		return 0
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			if err != nil {
				b.Fatal(err)
			}
			return kb / 1024
		}
	}
	b.Fatal("the process does not say")
	return 0
}
