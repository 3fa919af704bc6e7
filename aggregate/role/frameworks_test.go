package role

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/parser/rdbtest"
)

// testClock is the clock of made dumps, in s since the epoch.
const testClock = 1_796_000_000

// kind is one kind of keys of a made dump. In its name # is a number, @ a UUID
// and $ 32 hexadecimal digits.
type kind struct {
	name    string
	content string // see value
	role    Role
}

// made writes a dump of a few keys of each kind.
func made(t testing.TB, kinds []kind) []byte {
	t.Helper()
	w := rdbtest.Redis(11).Aux("ctime", fmt.Sprint(testClock)).SelectDB(0)
	seen := map[string]bool{}
	for _, k := range kinds {
		for i := range 6 {
			name := strings.NewReplacer("#", fmt.Sprint(1000+i), "@", uuidOf(i), "$", strings.ReplaceAll(uuidOf(i), "-", "")).Replace(k.name)
			if seen[name] {
				break
			}
			seen[name] = true
			content, expires := strings.CutSuffix(k.content, " ttl")
			if expires {
				w.ExpireMs((testClock + int64(i+1)*1000) * 1000)
			}
			w.Put(name, value(t, content))
		}
	}
	return w.EOF().Bytes()
}

func uuidOf(i int) string {
	return fmt.Sprintf("%08x-6c33-4f17-9a5e-0d4f5b%06x", 0x8a1f0000+i*7919, 0x1fab3+i*104729)
}

// value makes a value: the type, and what is in it.
func value(t testing.TB, content string) rdbtest.Value {
	t.Helper()
	typ, what, _ := strings.Cut(content, " ")
	var many []rdbtest.Str
	var scored []rdbtest.Scored
	for i := range 8 {
		many = append(many, rdbtest.Plain(strings.NewReplacer("@", uuidOf(i)).Replace(what)+fmt.Sprint(i)))
		score := map[string]float64{
			"past": testClock - 3600 - float64(i), "ahead": testClock + 60*float64(i) - 100, "past-ms": 1000 * (testClock - 3600 - float64(i)),
			"ahead-ms": 1000 * (testClock + 60 + float64(i)), "scaled": 4096 * 1000 * (testClock + 60 + float64(i)), "rank": 100 * float64(i+3),
			"snowflake": 1.15e17 + 1e6*float64(i), "geo": 1.36e15 + 1e9*float64(i), "one": 1, "negative": -testClock - float64(i) - 0.25,
		}
		s, ok := score[what]
		if typ == "zset" && !ok {
			t.Fatalf("no score %q", what)
		}
		scored = append(scored, rdbtest.Scored{Member: rdbtest.Plain(uuidOf(100 + i)), Score: s})
	}
	switch typ {
	case "string":
		return rdbtest.String(rdbtest.Auto(what))
	case "list":
		return rdbtest.List(many...)
	case "set":
		return rdbtest.Set(many...)
	case "zset":
		return rdbtest.Zset2(scored...)
	case "hash":
		var pairs []rdbtest.Str
		for f := range strings.FieldsSeq(what) {
			pairs = append(pairs, rdbtest.Plain(f), rdbtest.Plain("x"))
		}
		return rdbtest.Hash(pairs...)
	case "stream":
		id := rdbtest.ID{Ms: testClock * 1000}
		s := rdbtest.Stream{Length: 1, Last: id, First: id, EntriesAdded: 1, Nodes: []rdbtest.StreamNode{rdbtest.NewStreamNode(rdbtest.Entry{ID: id, Fields: []string{"a", "b"}})}}
		if what == "groups" {
			s.Groups = []rdbtest.Group{{Name: rdbtest.Plain("g"), Last: id}}
		}
		return s.Value(3)
	}
	t.Fatalf("no type %q", typ)
	return rdbtest.Value{}
}

// truths of made kinds: the names as written.
func (k *kind) truth() truth {
	return truth{kind: k.name, name: nameExpression(k.name), roles: []Role{k.role}}
}

const (
	sidekiqJob = `list {"class":"Hard","args":[1],"jid":"b4a577edbccf1d805744efa9","queue":"default"}`
	laravelJob = `list {"uuid":"x","displayName":"App","job":"Call","maxTries":null}`
	kombuBody  = `list {"body": "x", "headers": {"task": "t"}, "properties": {}}`
	phpValue   = `string a:1:{i:0;s:1:"x";}`
	marshal    = "string \x04\x08I\"\x06x\x06:\x06ET"
	pickle     = "string \x80\x04\x95\x0b\x00x."
)

// documented are key spaces in the names that frameworks document.
var documented = map[string][]kind{
	"Bull": {
		{"bull:mail:id", "string 7", Counter}, {"bull:mail:wait", "list 1", Queue}, {"bull:mail:active", "list 2", InFlight},
		{"bull:mail:delayed", "zset scaled", DelayedSet}, {"bull:mail:completed", "zset past-ms", Index}, {"bull:mail:failed", "zset past-ms", Index},
		{"bull:mail:#", "hash name data opts timestamp attemptsMade", Job}, {"bull:mail:#:lock", "string x ttl", Lock}, {"bull:mail:priority", "zset rank", Queue},
	},
	"BullMQ": {
		{"{shop}:mail:meta", "hash version", Config}, {"{shop}:mail:events", "stream", Feed}, {"{shop}:mail:wait", "list 1", Queue},
		{"{shop}:mail:completed", "zset past-ms", Index}, {"{shop}:mail:delayed", "zset scaled", DelayedSet}, {"{shop}:mail:#", "hash name data opts", Job},
		{"{shop}:mail:#:logs", "list done", Job}, {"{shop}:mail:de:a", "string 1 ttl", Lock}, {"{shop}:mail:limiter", "string 3 ttl", Limiter},
	},
	"Bee-Queue": {
		{"bq:mail:jobs", "hash 1 2 3", Job}, {"bq:mail:id", "string 3", Counter}, {"bq:mail:waiting", "list 1", Queue}, {"bq:mail:active", "list 1", InFlight},
		{"bq:mail:succeeded", "set 1", Index}, {"bq:mail:failed", "set 1", Index}, {"bq:mail:delayed", "zset ahead-ms", DelayedSet}, {"bq:mail:stallBlock", "string 1 ttl", Lock},
	},
	"Kue": {
		{"q:ids", "string 9", Counter}, {"q:job:#", "hash type data state created_at promote_at", Job}, {"q:jobs", "zset rank", Index}, {"q:jobs:inactive", "zset one", Queue},
		{"q:jobs:delayed", "zset ahead-ms", DelayedSet}, {"q:jobs:complete", "zset one", Index}, {"q:jobs:mail:complete", "zset one", Index}, {"q:mail:jobs", "list 1", Queue},
		{"q:job:#:log", "list x", Job}, {"q:job:types", "set mail", Index},
	},
	"Celery": {
		{"celery", kombuBody, Queue}, {"celery\x06\x163", kombuBody, Queue}, {"celery-task-meta-@", `string {"status": "SUCCESS"} ttl`, Job},
		{"_kombu.binding.celery", "set celery", Index}, {"_kombu.binding.reply.celery.pidbox", "set @", Index}, {"unacked_index", "zset past", InFlight},
		{"@.reply.celery.pidbox", "list {}", Cache}, {"priority.high", kombuBody, Queue}, {"@", `list {"task_id":"x","status":"SUCCESS"}`, Job},
	},
	"Dramatiq": {
		{"dramatiq:__heartbeats__", "zset past-ms", InFlight}, {"dramatiq:default", "list @", Queue}, {"dramatiq:default.msgs", "hash a b", Job},
		{"dramatiq:default.DQ", "list @", DelayedSet}, {"dramatiq:default.XQ", "zset past-ms", Index}, {"dramatiq:__acks__.@.default", "set @", InFlight},
	},
	"arq":     {{"arq:queue", "zset ahead-ms", DelayedSet}, {"arq:job:$", "string x ttl", Job}, {"arq:result:$", "string x ttl", Job}, {"arq:in-progress:$", "string 1 ttl", InFlight}},
	"Huey":    {{"huey.redis.shop", "list x", Queue}, {"huey.schedule.shop", "zset ahead", DelayedSet}, {"huey.results.shop", "hash a b", Job}, {"huey.r.shop.@", "string x ttl", Job}},
	"taskiq":  {{"taskiq", "list x", Queue}, {"schedule:data:$", pickle, Job}, {"schedule:time:2026-11-30T12:00", "list @", DelayedSet}},
	"RedBeat": {{"redbeat::schedule", "zset ahead", DelayedSet}, {"redbeat:nightly", "hash definition meta", Config}, {"redbeat::lock", "string x ttl", Lock}},
	"RQ": {
		{"rq:queue:high", "list @", Queue}, {"rq:queue:high:intermediate", "list @", InFlight}, {"rq:job:sync:#", "hash created_at data origin status ttl", Job},
		{"rq:worker:@", "hash birth state ttl", InFlight}, {"rq:worker:@:executions", "set x ttl", InFlight}, {"rq:rl:api:rate_limited", "zset past", Queue},
		{"rq:finished:high", "zset ahead", Index}, {"rq:results:@", "stream", Job},
	},
	"Sidekiq schedulers": {
		{"cron_jobs:default", "set x", Index}, {"cron_job:default:nightly", "hash name klass cron", Config}, {"cron_job:default:nightly:enqueued", "zset past", Index},
	},
	"Faktory":     {{"q:default", sidekiqJob, Queue}, {"scheduled", "zset one", DelayedSet}, {"retries", "zset one", DelayedSet}, {"working", "zset one", InFlight}, {"processed", "string 77", Counter}},
	"APScheduler": {{"apscheduler.jobs", "hash a b", Job}, {"apscheduler.run_times", "zset ahead", DelayedSet}},
	"RSMQ":        {{"rsmq:QUEUES", "set mail", Index}, {"rsmq:mail", "zset past-ms", DelayedSet}, {"rsmq:mail:Q", "hash vt delay maxsize", Job}},
	"rmq": {
		{"rmq::queue::[mail]::ready", "list x", Queue}, {"rmq::connection::mail-a1b2c3::queue::[mail]::unacked", "list x", InFlight},
		{"rmq::queue::[mail]::rejected", "list x", Job}, {"rmq::connection::mail-a1b2c3::heartbeat", "string 1 ttl", InFlight},
	},
	"Yii queue": {
		{"queue.messages", "hash 1 2 3", Job}, {"queue.waiting", "list 1", Queue}, {"queue.delayed", "zset ahead", DelayedSet}, {"queue.reserved", "zset ahead", InFlight},
		{"queue.message_id", "string 7", Counter}, {"queue.attempts", "hash 1", Job},
	},
	"ShedLock":  {{"job-lock:default:nightly", "string x ttl", Lock}},
	"machinery": {{"machinery_tasks", "list {}", Queue}, {"delayed_tasks", "zset rank", DelayedSet}, {"task_@", "string {} ttl", Job}},
	"Quartz RedisJobStore": {
		{"job_groups", "set x", Index}, {"trigger_groups", "set x", Index}, {"waiting_triggers", "zset ahead-ms", DelayedSet}, {"job:mail:#", "hash job_class_name", Job},
		{"trigger:mail:#", "hash job_hash_key", Job}, {"triggers", "set x", Index}, {"lock", "string x ttl", Lock},
	},
	"Drupal queue": {
		{"drupal:queue:mail:avail", "list 1", Queue}, {"drupal:queue:mail:items", "hash 1 2 3", Job}, {"drupal:queue:mail:claimed", "list 1", InFlight},
		{"drupal:queue:mail:lease:#", "string 1 ttl", InFlight},
	},
	"Symfony Messenger": {{"messages", "stream groups", Queue}, {"messages__queue", "zset ahead-ms", DelayedSet}},
	"Sentry":            {{"b:k:sentry.group:$", "hash m f i+times_seen ttl", Job}, {"b:p", "zset past", Queue}},
	"Django Channels":   {{"asgi:group:chat", "zset past ttl", Index}, {"asgispecific.$!", "zset past ttl", Queue}},
	"Kong and express":  {{"rl:1.2.3.#", "string 3 ttl", Limiter}, {"ratelimit:@:@:1.2.3.4:1:day", "string 3 ttl", Limiter}},
	"rspamd":            {{"rgb$", "string 1796000000:0 ttl", Limiter}, {"rr$", "string x ttl", Index}, {"fuzzy_count", "string 70000", Counter}},
	"Spring Session": {
		{"shop:sessions:@", "hash creationTime lastAccessedTime maxInactiveInterval ttl", Session}, {"spring:session:sessions:@:idx", "set x", Index},
		{"spring:session:sessions:expires:@", "string x ttl", Session},
	},
	"node-resque": {
		{"resque:queues", "set mail", Index}, {"resque:queue:mail", sidekiqJob, Queue}, {"resque:delayed_queue_schedule", "zset ahead", DelayedSet},
		{"resque:delayed:#", sidekiqJob, DelayedSet}, {"resque:stat:processed", "string 7", Counter}, {"resque:worker:ping:host", "string x", InFlight}, {"resque:failed", sidekiqJob, Job},
		{"resque:resque_scheduler_leader_lock", "string x ttl", Lock},
	},
	"Resque": {
		{"resque:queues", "set mail", Index}, {"resque:queue:mail", sidekiqJob, Queue}, {"resque:failed", sidekiqJob, Job}, {"resque:workers", "set x", Index},
		{"resque:worker:host:#:mail", "string x", InFlight}, {"resque:stat:failed", "string 3", Counter}, {"resque:delayed:#", sidekiqJob, DelayedSet},
	},
	"Sidekiq": {
		{"queues", "set default", Index}, {"queue:default", sidekiqJob, Queue}, {"queue:mailers", sidekiqJob, Queue}, {"schedule", "zset ahead", DelayedSet},
		{"retry", "zset ahead", DelayedSet}, {"dead", "zset past", Job}, {"processes", "set x", Index}, {"stat:processed", "string 77", Counter},
		{"stat:processed:2026-11-30", "string 7", Counter}, {"host:#:$:work", "hash a b", InFlight},
	},
	"gocraft/work": {
		{"app:known_jobs", "set mail", Index}, {"app:worker_pools", "set x", Index}, {"app:scheduled", "zset ahead", DelayedSet}, {"app:retry", "zset ahead", DelayedSet},
		{"app:dead", "zset past", Job}, {"app:jobs:mail", sidekiqJob, Queue}, {"app:jobs:mail:$:inprogress", sidekiqJob, InFlight}, {"app:unique:mail:{}", "string 1 ttl", Lock},
	},
	"Laravel Horizon": {
		{"shop_horizon:recent_jobs", "zset negative", Index}, {"shop_horizon:failed_jobs", "zset negative", Index}, {"shop_horizon:completed_jobs", "zset negative", Index},
		{"shop_horizon:@", "hash id connection queue name status payload", Job}, {"shop_horizon:job_id", "string 7", Counter}, {"shop_horizon:master:host", "hash a b ttl", InFlight},
		{"shop_horizon:snapshot:queue:default", "zset past", Counter},
	},
	"Laravel queue": {
		{"shop_database_queues:default", laravelJob, Queue}, {"shop_database_queues:default:delayed", "zset ahead", DelayedSet},
		{"shop_database_queues:default:reserved", "zset ahead", InFlight}, {"shop_database_queues:default:notify", "list 1", Queue},
	},
	"Laravel cache": {
		{"laravel_database_laravel_cache:user#", phpValue, Cache}, {"shop_cache_:tag:people:entries", "zset ahead", Index}, {"shop_cache_report.#", phpValue + " ttl", Cache},
		{"shop_cache_:laravel_unique_job:App\\Jobs\\Mail:#", "string x ttl", Lock}, {"shop_cache_tag:people:entries", "zset ahead", Index},
	},
	"Hangfire": {
		{"{hangfire}:queues", "set default", Index}, {"{hangfire}:queue:default", "list @", Queue}, {"{hangfire}:queue:default:dequeued", "list @", InFlight},
		{"{hangfire}:schedule", "zset ahead", DelayedSet}, {"{hangfire}:job:@", "hash Type Method State", Job}, {"{hangfire}:job:@:state", "hash State", Job}, {"{hangfire}:succeeded", "list @", Index},
	},
	"Spring Cache": {{"users::#", "string \xac\xed\x00\x05sr", Cache}, {"prices::a,b #", "string x ttl", Cache}},
	"Rails": {
		{"shop:views/products/show:$/products/#", marshal, Cache}, {"views/home:$", "string x ttl", Cache}, {"2::$", marshal + " ttl", Session}, {"rack::attack:#:req/ip:1.2.3.4", "string 1 ttl", Limiter},
	},
	"Magento": {
		{"zc:k:69d_BLOCK_$", "hash d t m i", Cache}, {"zc:k:69d_CONFIG", "hash d t m i ttl", Cache}, {"zc:ti:69d_BLOCK", "set x", Index}, {"zc:tags", "set x", Index},
		{"sess_$", "hash data writes lock ttl", Session},
	},
	"WordPress": {
		{"wp:options:alloptions", phpValue, Cache}, {"wp:posts:#", phpValue, Cache}, {"wp:post_meta:#", phpValue, Cache}, {"wp:transient:feed_#", phpValue, Cache},
	},
	"Drupal": {
		{"shop:bootstrap:hooks", "hash cid data created expire serialized valid tags", Cache}, {"shop:render:entity_view:node:#", "hash cid data created expire serialized valid tags", Cache},
		{"shop:cachetags:node:#", "string 3", Counter}, {"shop:lock:cron", "string x ttl", Lock},
	},
	"Nextcloud": {
		{"8e5cb53a4ff95d0c2e3b1a90fe5d6c71/lockfiles/$", "string 1 ttl", Lock}, {"8e5cb53a4ff95d0c2e3b1a90fe5d6c71/core/#", `string "x" ttl`, Cache},
	},
	"Go sessions":   {{"scs:session:$", "string x ttl", Session}},
	"Java sessions": {{"shiro:session:@", "string \xac\xed\x00\x05sr ttl", Session}, {"satoken:login:session:#", "string {} ttl", Session}},
	"ASP.NET":       {{"Shop@", "hash absexp sldexp data ttl", Cache}},
	"Redisson": {
		{"redisson_delay_queue:{mail}", "list x", Queue}, {"redisson_delay_queue_timeout:{mail}", "zset ahead-ms", DelayedSet}, {"{cart}:redisson_options", "hash max-size", Config},
		{"redisson__idle__set:{cart}", "zset past-ms", Index},
		{"{mail:org.redisson.executor.RemoteExecutorService}:tasks", "hash a b", Job}, {"{mail:org.redisson.executor.RemoteExecutorService}:scheduler", "zset ahead-ms", DelayedSet},
		{"redisson_lock_token:{cart}", "string 7", Counter}, {"myLock", "hash 8a1f0000-6c33-4f17-9a5e-0d4f5b01fab3:42 ttl", Lock},
	},
	"Centrifuge": {
		{"centrifuge.stream.chat#", "stream", Feed}, {"centrifuge.stream.meta.chat#", "hash s e ttl", Counter}, {"centrifuge.presence.data.chat#", "hash a ttl", Index},
		{"centrifuge.presence.expire.chat#", "zset ahead ttl", Index},
	},
	"Mastodon":  {{"feed:home:#", "zset snowflake", Feed}, {"feed:home:#:reblogs", "zset snowflake", Index}, {"feed:list:#", "zset snowflake", Feed}},
	"GitLab":    {{"cache:gitlab:$", marshal, Cache}, {"session:gitlab:2::$", marshal + " ttl", Session}},
	"Discourse": {{"default:__mb_backlog_n_/topic/#", "zset rank", Feed}, {"__mb_backlog_id_n_/topic/#", "string 7", Counter}},
}

// TestDocumentedKeyspaces: what frameworks document, in made dumps.
func TestDocumentedKeyspaces(t *testing.T) {
	kinds, right := 0, 0
	for name, l := range documented {
		t.Run(name, func(t *testing.T) {
			k := readKeyspace(t, made(t, l))
			verdicts := k.verdicts()
			for i := range l {
				kinds++
				want := l[i].truth()
				ok, found, named := true, false, false
				for j, v := range verdicts {
					for _, key := range k.names[j] {
						if !want.name.MatchString(key) || firstOf(l, key) != i {
							continue
						}
						found = true
						if v.Role != l[i].role {
							ok = false
							t.Logf("%s: %v (%s), want %v", key, v.Role, v.Reason, l[i].role)
						}
						if dangerous(v.Role, l[i].role) {
							t.Errorf("%s: %v (%s), which may lose what is %v", key, v.Role, v.Reason, l[i].role)
						}
						named = named || v.Framework != nil && v.Framework.Name == name && (v.Own || v.Framework.app)
					}
				}
				if !found {
					t.Errorf("no key is called %s", l[i].name)
				}
				if ok && found {
					right++
				}
				if name != "node-resque" && named == byFactsAlone[l[i].name] {
					t.Errorf("%s is known to be of %s: %v", l[i].name, name, named)
				}
			}
		})
	}
	t.Logf("%d of %d kinds", right, kinds)
	if right*100 < kinds*97 {
		t.Errorf("%d of %d kinds have the right role", right, kinds)
	}
}

// unverifiedKeys is how many names of the table were found in no source of their
// framework. The number may fall.
const unverifiedKeys = 5

// TestUnverified: a name that nobody has checked permits nothing, and is no
// evidence that a framework is there.
func TestUnverified(t *testing.T) {
	n := 0
	for _, f := range Frameworks() {
		for i := range f.Keys {
			k := &f.Keys[i]
			if !k.unverified {
				continue
			}
			n++
			t.Logf("%s: %s", f.Name, k.Shape)
			if k.anchor || k.telling {
				t.Errorf("%s: %s is unverified and an anchor", f.Name, k.Shape)
			}
		}
	}
	if n != unverifiedKeys {
		t.Errorf("%d names are unverified, not %d", n, unverifiedKeys)
	}
	expiring := Facts{Type: tString, Keys: 10}
	lasting := Facts{Type: tString, Keys: 10, KeysWithoutTTL: 10}
	lasting.Values[ShapeMarshal], expiring.Values[ShapeMarshal] = 10, 10
	for _, c := range []struct {
		name string
		f    Facts
		want Role
	}{
		{"_session_id:{hex}", lasting, Unknown},  // the name is unverified
		{"_session_id:{hex}", expiring, Session}, // by the facts and the word
		{"rack:session:{hex}", lasting, Session},
	} {
		p := []Pattern{{Name: c.name, Facts: c.f}}
		if v := Of(&p[0], NewSiblings(p)); v.Role != c.want || v.Role == Unknown && (v.MayExpire() || v.MayDelete() || v.MayTrim() || v.MayRename()) {
			t.Errorf("%s without a TTL %d: %v (%s), want %v", c.name, c.f.KeysWithoutTTL, v.Role, v.Reason, c.want)
		}
	}
}

// TestSources: every entry says where its names are, at what version or commit.
func TestSources(t *testing.T) {
	version := regexp.MustCompile(`[0-9a-f]{7}\b`)
	for _, f := range Frameworks() {
		if !version.MatchString(f.Source) || f.Bound == "" {
			t.Errorf("%s: source %q, bound %q", f.Name, f.Source, f.Bound)
		}
		if len(f.Keys) > 64 {
			t.Errorf("%s has %d keys; anchors are bits of 64", f.Name, len(f.Keys))
		}
	}
}

// byFactsAlone are names that are no framework's. Those of node-resque are
// Resque's for the most part.
var byFactsAlone = map[string]bool{"myLock": true, "priority.high": true}

// firstOf is the kind of a key: the first whose name it has.
func firstOf(l []kind, key string) int {
	for i := range l {
		if l[i].truth().name.MatchString(key) {
			return i
		}
	}
	return -1
}
