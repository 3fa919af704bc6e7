package advice_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser/rdbtest"
	"github.com/rdblens/rdblens/report/advice"
)

// savedAt is when the dumps of these tests were saved, ms.
const savedAt = 1_763_700_000_000

// planter writes a dump.
type planter struct {
	*rdbtest.Writer
	rnd     *rand.Rand
	cluster bool
}

// newPlanter begins a dump with a well-kept data set: a cache of incompressible
// pages with TTLs that are spread, records and collections that are packed,
// short names.
func newPlanter() *planter {
	p := &planter{rdbtest.Redis(11).Aux("redis-ver", "7.2.6").Aux("ctime", fmt.Sprint(savedAt/1000)).SelectDB(0), rand.New(rand.NewPCG(31, 7)), false}
	for i := range 3000 {
		p.expire(i)
		p.text(fmt.Sprintf("cache:page:%d", i), p.noise(120+i%300))
	}
	for i := range 1500 {
		p.hash(fmt.Sprintf("user:%d", i), "name", p.noise(12), "mail", p.noise(18), "plan", "free", "age", fmt.Sprint(i%70))
		p.Put(fmt.Sprintf("tags:%d", i), rdbtest.SetListpack(rdbtest.NewListpack(p.noise(5), p.noise(6), p.noise(7)).Str()))
		p.Put(fmt.Sprintf("rank:%d", i), rdbtest.ZsetListpack(rdbtest.NewListpack(p.noise(5), "1", p.noise(6), "2").Str()))
		p.Put(fmt.Sprintf("seen:%d", i), rdbtest.SetIntset(rdbtest.Plain(rdbtest.Intset(1, int64(i+2), int64(i+70)))))
	}
	return p
}

// noise returns text that neither compresses nor repeats.
func (p *planter) noise(n int) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&()*+-./:;<=>?@^_`|~"
	b := make([]byte, n)
	for i := range b {
		b[i] = letters[p.rnd.IntN(len(letters))]
	}
	return string(b)
}

// expire gives the next key a TTL of its own within 40 days.
func (p *planter) expire(i int) { p.ExpireMs(savedAt + 3600_000 + int64(i%3000)*1_150_000) }

func (p *planter) text(key, value string) { p.Put(key, rdbtest.String(rdbtest.Plain(value))) }

func (p *planter) hash(key string, fieldsAndValues ...string) {
	p.Put(key, rdbtest.HashListpack(rdbtest.NewListpack(fieldsAndValues...).Str()))
}

// table writes a hash of n fields that is no listpack.
func (p *planter) table(key string, n, length int) {
	var s []string
	for i := range n {
		s = append(s, fmt.Sprintf("f:%d", i), p.noise(length))
	}
	p.Put(key, rdbtest.Hash(rdbtest.Strs(s...)...))
}

func (p *planter) zset(key string, n int) {
	var s []rdbtest.Scored
	for i := range n {
		s = append(s, rdbtest.Scored{Member: rdbtest.Plain(fmt.Sprintf("player:%d", i)), Score: float64(i)})
	}
	p.Put(key, rdbtest.Zset2(s...))
}

// bull writes a queue of BullMQ, with jobs that are done and jobs that wait.
func (p *planter) bull(base string, done, waiting int) {
	var finished []rdbtest.Scored
	var waits []string
	for i := range done + waiting {
		id := fmt.Sprint(i + 1)
		p.hash(base+":"+id, "name", "send", "data", p.noise(60), "opts", "{}", "timestamp", fmt.Sprint(savedAt-i*1000), "atm", "1")
		if i < done {
			finished = append(finished, rdbtest.Scored{Member: rdbtest.Plain(id), Score: float64(savedAt - i*500)})
		} else {
			waits = append(waits, id)
		}
	}
	p.Put(base+":completed", rdbtest.Zset2(finished...))
	p.Put(base+":wait", rdbtest.Quicklist2(rdbtest.PackedNode(rdbtest.NewListpack(waits...).Str())))
	p.hash(base+":meta", "opts.maxLenEvents", "10000")
	p.text(base+":id", fmt.Sprint(done+waiting))
}

// bigField writes a hash of 700 short fields, and a long one behind them.
func (p *planter) bigField(length int) {
	var fields []string
	for i := range 700 {
		fields = append(fields, fmt.Sprintf("f:%d", i), p.noise(20))
	}
	fields = append(fields, "body of \xff", p.noise(length))
	p.Put("doc:1", rdbtest.Hash(rdbtest.Strs(fields...)...))
}

// stream writes a stream of entries, and a group with two consumers, one of which
// holds pending entries, of which the stream has no more than that.
func (p *planter) stream(key string, entries, pending int) {
	var es []rdbtest.Entry
	for i := range entries {
		es = append(es, rdbtest.Entry{ID: rdbtest.ID{Ms: savedAt, Seq: uint64(pending + i)}, Fields: []string{"job", p.noise(5)}})
	}
	g := rdbtest.Group{Name: rdbtest.Plain("workers"), Last: es[len(es)-1].ID, Consumers: []rdbtest.Consumer{{Name: rdbtest.Plain("gone")}, {Name: rdbtest.Plain("idle")}}}
	for i := range pending {
		id := rdbtest.ID{Ms: savedAt, Seq: uint64(i)}
		g.Pending = append(g.Pending, rdbtest.Pending{ID: id, DeliveryMs: savedAt, Count: 1})
		g.Consumers[0].Pending = append(g.Consumers[0].Pending, id)
	}
	p.Put(key, rdbtest.Stream{Nodes: []rdbtest.StreamNode{rdbtest.NewStreamNode(es...)}, Length: uint64(entries), Last: es[len(es)-1].ID, Groups: []rdbtest.Group{g}}.Value(3))
}

// bitmaps writes strings of 4 KiB in which one byte of so many is not zero.
func (p *planter) bitmaps(every, n int) {
	for i := range n {
		b := make([]byte, 4<<10)
		for at := 0; at < len(b); at += every {
			b[at] = byte(1 + p.rnd.IntN(255))
		}
		p.text(fmt.Sprintf("dau:202511%02d", 1+i), string(b))
	}
}

func (p *planter) suggest(t *testing.T) []advice.Suggestion {
	t.Helper()
	_, got := p.report(t)
	return got
}

// report ends the dump and returns its report and what is suggested.
func (p *planter) report(t *testing.T) (*aggregate.Report, []advice.Suggestion) {
	t.Helper()
	cfg := &aggregate.Config{Server: "auto", Allocator: memory.Jemalloc, Settings: memory.DefaultConfig(), Separators: ":./|", Top: 20, Cluster: p.cluster}
	s, err := aggregate.Analyze(context.Background(), aggregate.Input{Name: "planted.rdb", Reader: bytes.NewReader(p.EOF().Bytes())}, cfg)
	if err != nil {
		t.Fatal(err)
	}
	r := s.Report()
	got, _ := advice.Suggest(r, advice.Options{})
	return r, got
}

// TestCleanDump: no rule speaks of a data set that is well kept.
func TestCleanDump(t *testing.T) {
	for _, s := range newPlanter().suggest(t) {
		t.Errorf("%s %s", s.ID, s.Title)
	}
}

// TestPlantedDumps: each rule finds its case in a dump, and is silent on one
// that differs from it only in what the rule is about.
func TestPlantedDumps(t *testing.T) {
	uuid := func(p *planter) string {
		return fmt.Sprintf("%08x-%04x-4000-8000-%012x", p.rnd.Uint32(), p.rnd.Uint32()&0xffff, p.rnd.Uint64()&0xffffffffffff)
	}
	for i, c := range []struct {
		id, pattern  string
		planted, not func(p *planter)
	}{
		{"R02", "seen:{uuid}", func(p *planter) { // marks that nobody removes
			for range 12_000 {
				p.text("seen:"+uuid(p), "1")
			}
		}, func(p *planter) { // numbers of something
			for i := range 12_000 {
				p.text("seen:"+uuid(p), fmt.Sprint(i%9))
			}
		}},
		{"R37", "bull:mail:completed", func(p *planter) {
			p.bull("bull:mail", 900, 100)
		}, func(p *planter) {
			p.bull("bull:mail", 50, 950)
		}},
		{"R07", "doc:{int}", func(p *planter) {
			for i := range 300 {
				p.text(fmt.Sprintf("doc:%d", i), strings.Repeat(p.noise(40), 60))
			}
		}, func(p *planter) {
			for i := range 300 {
				p.text(fmt.Sprintf("doc:%d", i), p.noise(2400))
			}
		}},
		{"R07", "note:{int}", func(p *planter) { // smaller ones among large ones
			for i := range 400 {
				p.text(fmt.Sprintf("note:%d", i), strings.Repeat(p.noise(40), 15+i%30))
			}
		}, func(p *planter) { // all are small
			for i := range 400 {
				p.text(fmt.Sprintf("note:%d", i), strings.Repeat(p.noise(40), 15))
			}
		}},
		{"R10", "profile:{int}", func(p *planter) {
			for i := range 1500 {
				n := 1_000_000_000 + 7919*i
				p.text(fmt.Sprintf("profile:%d", i), fmt.Sprintf(`{"visits":%d,"orders":%d,"returns":%d,"searches":%d,"clicks":%d,"views":%d,"points":%d,"level":%d}`, n, n+1, n+2, n+3, n+4, n+5, n+6, n+7))
			}
		}, func(p *planter) {
			for i := range 1500 {
				p.text(fmt.Sprintf("profile:%d", i), p.noise(80))
			}
		}},
		{"R11", "acct:{int}:*", func(p *planter) {
			for i := range 1500 {
				for _, f := range []string{"name", "last_login", "zip-code"} {
					if f == "name" || i%5 > 0 {
						p.text(fmt.Sprintf("acct:%d:%s", i, f), p.noise(12))
					}
				}
			}
		}, func(p *planter) {
			for i := range 1500 {
				p.text(fmt.Sprintf("acct:%d:%s", i, []string{"name", "last_login", "zip-code"}[i%3]), p.noise(12))
			}
		}},
		{"R12", "lookup", func(p *planter) { p.table("lookup", 8000, 10) }, func(p *planter) { p.table("lookup", 8000, 80) }},
		{"R13", "ranking", func(p *planter) { p.zset("ranking", 30_000) }, func(p *planter) { p.zset("ranking", 11_000); p.zset("members", 30_000) }},
		{"R14", "company:department:employees:{int}:preferences", func(p *planter) {
			for i := range 2000 {
				p.text(fmt.Sprintf("company:department:employees:%d:preferences", i), p.noise(10))
			}
		}, func(p *planter) {
			for i := range 2000 {
				p.text(fmt.Sprintf("e:%d:p", i), p.noise(10))
			}
		}},
		{"R15", "item:{uuid}", func(p *planter) {
			for range 2000 {
				p.text("item:"+uuid(p), p.noise(10))
			}
		}, func(p *planter) {
			for i := range 2000 {
				p.text(fmt.Sprintf("item:%d", i), p.noise(10))
			}
		}},
		{"R16", "tpl:{int}", func(p *planter) {
			same := p.noise(300)
			for i := range 1000 {
				p.text(fmt.Sprintf("tpl:%d", i), same)
			}
		}, func(p *planter) {
			for i := range 1000 {
				p.text(fmt.Sprintf("tpl:%d", i), p.noise(300))
			}
		}},
		{"R17", "visit:{int}", func(p *planter) {
			for i := range 1500 {
				p.hash(fmt.Sprintf("visit:%d", i), "page", p.noise(20), "last_update", fmt.Sprint(savedAt/1000-86400*200+int64(i)))
			}
		}, func(p *planter) {
			for i := range 1500 {
				p.hash(fmt.Sprintf("visit:%d", i), "page", p.noise(20), "last_update", fmt.Sprint(savedAt/1000-3600-int64(i)))
			}
		}},
		{"R20", "obj:{int}", func(p *planter) {
			for i := range 500 {
				p.text(fmt.Sprintf("obj:%d", i), fmt.Sprintf(`a:2:{s:2:"id";i:%d;s:4:"name";s:60:"%s";}`, i, p.noise(60)))
			}
		}, func(p *planter) {
			for i := range 500 {
				p.text(fmt.Sprintf("obj:%d", i), p.noise(95))
			}
		}},
		{"R21", "feed:{int}", func(p *planter) {
			for i := range 20 {
				var nodes []rdbtest.Node
				for range 400 {
					nodes = append(nodes, rdbtest.PackedNode(rdbtest.NewListpack(p.noise(10), p.noise(12)).Str()))
				}
				p.Put(fmt.Sprintf("feed:%d", i), rdbtest.Quicklist2(nodes...))
			}
		}, func(p *planter) {
			for i := range 20 {
				var nodes []rdbtest.Node
				for range 4 {
					l := rdbtest.NewListpack()
					for range 250 {
						l.Add(p.noise(20))
					}
					nodes = append(nodes, rdbtest.PackedNode(l.Str()))
				}
				p.Put(fmt.Sprintf("feed:%d", i), rdbtest.Quicklist2(nodes...))
			}
		}},
		{"R22", "blob:{int}", func(p *planter) {
			for i := range 500 {
				p.text(fmt.Sprintf("blob:%d", i), p.noise(1024))
			}
		}, func(p *planter) {
			for i := range 500 {
				p.text(fmt.Sprintf("blob:%d", i), p.noise(1000))
			}
		}},
		{"R24", "", func(p *planter) {
			for i := range 500 {
				p.text(fmt.Sprintf("{tenant:%d}:bill:%d", 7, i), p.noise(500))
			}
		}, func(p *planter) {
			for i := range 500 {
				p.text(fmt.Sprintf("{tenant:%d}:bill:%d", i, i), p.noise(500))
			}
		}},
		{"R26", "{{queue}}:{int}", func(p *planter) {
			p.cluster = true
			for i := range 500 {
				p.text(fmt.Sprintf("{queue}:%d", i), p.noise(500))
			}
		}, func(p *planter) {
			p.cluster = true
			for i := range 500 {
				p.text(fmt.Sprintf("{queue:%d}", i), p.noise(500))
			}
		}},
		{"R28", "", func(p *planter) {
			for i := range 300 {
				p.Put(fmt.Sprintf("bloom:%d", i), rdbtest.Module(rdbtest.ModuleID("MBbloom--", 4), rdbtest.Uint(1), rdbtest.Text(rdbtest.Plain(p.noise(300)))))
			}
		}, func(p *planter) {
			for i := range 300 {
				p.text(fmt.Sprintf("bloom:%d", i), p.noise(300))
			}
		}},
		{"R30", "sess:{int}", func(p *planter) {
			for i := range 1000 {
				p.expire(i)
				p.hash(fmt.Sprintf("sess:%d", i), "user", fmt.Sprint(i), "role", "guest", "basket", p.noise(60), "lang", "en")
			}
		}, func(p *planter) {
			for i := range 1000 {
				p.expire(i)
				p.hash(fmt.Sprintf("sess:%d", i), "user", fmt.Sprint(i), "role", "guest", "basket", p.noise(15), "lang", p.noise(15), "zone", p.noise(15))
			}
		}},
		{"R31", "", func(p *planter) {
			p.SelectDB(4)
			for i := range 200 {
				p.text(fmt.Sprintf("cfg:%d", i), p.noise(20))
			}
		}, func(p *planter) {
			for i := range 200 {
				p.text(fmt.Sprintf("cfg:%d", i), p.noise(20))
			}
		}},
		{"R30", "doc:{int}", func(p *planter) {
			p.bigField(40 << 10)
		}, func(p *planter) {
			p.bigField(10 << 10)
		}},
		{"R32", "jobs", func(p *planter) {
			p.stream("jobs", 100, 300)
		}, func(p *planter) {
			p.stream("jobs", 100, 30)
		}},
		{"R33", "run:{int}", func(p *planter) {
			for i := range 200 {
				p.ExpireMs(savedAt + 30*86_400_000*1000)
				p.text(fmt.Sprintf("run:%d", i), p.noise(20))
			}
		}, func(p *planter) {
			for i := range 200 {
				p.ExpireMs(savedAt + 9*365*86_400_000)
				p.text(fmt.Sprintf("run:%d", i), p.noise(20))
			}
		}},
		{"R34", "dau:{date}", func(p *planter) {
			p.bitmaps(100, 20)
		}, func(p *planter) {
			p.bitmaps(1, 20)
		}},
		{"R35", "myapp_myapp_cache:{int}", func(p *planter) {
			for i := range 500 {
				p.expire(i)
				p.text(fmt.Sprintf("myapp_myapp_cache:%d", i), p.noise(20))
			}
		}, func(p *planter) {
			for i := range 500 {
				p.expire(i)
				p.text(fmt.Sprintf("myapp_cache:%d", i), p.noise(20))
			}
		}},
		{"R36", "tok:{int}", func(p *planter) {
			for i := range 3000 {
				p.hash(fmt.Sprintf("tok:%d", i), "n", fmt.Sprint(1_000_000+i))
			}
		}, func(p *planter) {
			for i := range 3000 {
				p.hash(fmt.Sprintf("tok:%d", i), "n", fmt.Sprint(1_000_000+i), "m", "1")
			}
		}},
	} {
		if testing.Short() && i%3 != 0 {
			continue
		}
		t.Run(c.id, func(t *testing.T) {
			p := newPlanter()
			c.planted(p)
			got := p.suggest(t)
			if find(got, c.id, func(s *advice.Suggestion) bool { return s.Pattern == c.pattern }) == nil {
				t.Errorf("silent on %s", c.pattern)
				for _, s := range got {
					t.Logf("%s %q %s", s.ID, s.Pattern, s.Title)
				}
			}
			p = newPlanter()
			c.not(p)
			if s := find(p.suggest(t), c.id, nil); s != nil {
				t.Errorf("speaks of a clean case: %s", s.Title)
			}
		})
	}
}
