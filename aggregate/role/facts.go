package role

import (
	"bytes"
	"math"

	"github.com/rdblens/rdblens/parser"
)

// Facts are what a pattern is known by beside its name. All numbers are counters
// over keys, elements or samples of them, and the facts of two sets of keys of
// the same pattern and data type are added up field by field.
type Facts struct {
	Type parser.DataType

	// Of all keys.

	Keys, KeysWithoutTTL int64
	Elements             int64
	Integers             int64 // strings that are integers
	SmallIntegers        int64 // those of them from -4096 to 4095
	Groups               int64 // consumer groups of streams

	// Scores are the scores of sorted sets that were looked at, by class.
	Scores [NumScores]int64

	// Values are the sampled values of strings, hash fields, and elements of lists,
	// by shape.
	Values [NumShapes]int64
	// Hashes are the sampled hashes by what their fields tell.
	Hashes [NumHashes]int64

	// Members are the sampled elements of lists, sets and sorted sets. Of them are
	// MembersKeys the names of keys of the dump, MembersUnder names of keys when
	// put behind the parent of their own key (queue:delayed with the member 7, and
	// a key queue:7), and MembersTails numbers or identifiers that names of keys end in.
	Members, MembersKeys, MembersUnder, MembersTails int64
	// TailKeys is how many keys there are whose names may end in members.
	TailKeys int64
	// Named says whose members are the keys' names, or end them.
	Named Named
}

// Named is by what keys are named, the strongest of it.
type Named uint8

const (
	NamedByNone  Named = iota
	NamedByIndex       // by what refers to them
	NamedByWork        // by what is called a queue, or is a framework's
)

// NamedBy returns what it means to be named by members of keys of a pattern.
func NamedBy(pattern string, v *Verdict) Named {
	switch v.Role {
	case Queue, DelayedSet, InFlight:
		if v.Framework != nil || wordsOf(symbolsOf(pattern))&(wordQueue|wordDelayed|wordInFlight|wordJob) != 0 {
			return NamedByWork
		}
		return NamedByIndex
	case Index:
		return NamedByIndex
	}
	return NamedByNone
}

// Add adds the counters of g, of the same pattern and data type, to f.
func (f *Facts) Add(g *Facts) {
	f.Keys += g.Keys
	f.KeysWithoutTTL += g.KeysWithoutTTL
	f.Elements += g.Elements
	f.Integers += g.Integers
	f.SmallIntegers += g.SmallIntegers
	f.Groups += g.Groups
	for i := range f.Scores {
		f.Scores[i] += g.Scores[i]
	}
	for i := range f.Values {
		f.Values[i] += g.Values[i]
	}
	for i := range f.Hashes {
		f.Hashes[i] += g.Hashes[i]
	}
	f.Members += g.Members
	f.MembersKeys += g.MembersKeys
	f.MembersUnder += g.MembersUnder
	f.MembersTails += g.MembersTails
	f.TailKeys += g.TailKeys
	f.Named = max(f.Named, g.Named)
}

// Score is the class of a sorted set's score.
type Score uint8

const (
	ScoreConstant     Score = iota // 0 or 1
	ScoreInteger                   // other integers
	ScoreFraction                  // other finite numbers
	ScoreGeohash                   // numbers as large as GEOADD makes them
	ScorePastSeconds               // s since the epoch, at or before the clock
	ScoreAheadSeconds              // after it
	ScorePastMillis                // ms since the epoch
	ScoreAheadMillis
	ScorePastScaled // ms × 4096, as Bull and BullMQ delay
	ScoreAheadScaled
	ScoreInfinite // and what is no number
	NumScores     = int(ScoreInfinite) + 1
)

const (
	// nearClock is how far from the clock a score may be as a time, in ms: ten years.
	nearClock = 10 * 366 * 86_400_000
	// clockStep is how long the clock stands still: a dump says when it was begun in
	// whole seconds.
	clockStep = 1000
	// delayScale is what Bull and BullMQ multiply the due time of a job with, to
	// have room for the order of those due in one ms (BullMQ, addDelayedJob).
	delayScale = 0x1000
	// Geohashes of GEOADD have 52 bits (geohash_helper.c, GEO_STEP_MAX 26). Those
	// below geoMin, near the south pole at 180° west, pass for plain integers.
	geoMin, geoEnd = 1 << 44, 1 << 52
)

// ScoreOf classes a score. The clock is that of the source, in ms since the
// epoch; 0 when there is none, and then no score is a time.
func ScoreOf(score float64, clock int64) Score {
	if math.IsNaN(score) || math.IsInf(score, 0) {
		return ScoreInfinite
	}
	if clock > 0 {
		for _, c := range [...]struct {
			unit float64 // of one ms
			past Score
		}{{0.001, ScorePastSeconds}, {1, ScorePastMillis}, {delayScale, ScorePastScaled}} {
			switch d := score/c.unit - float64(clock); {
			case math.Abs(d) > nearClock:
			case d <= clockStep:
				return c.past
			default:
				return c.past + 1
			}
		}
	}
	switch {
	case score == 0 || score == 1:
		return ScoreConstant
	case score >= geoMin && score < geoEnd:
		return ScoreGeohash
	case score != math.Trunc(score):
		return ScoreFraction
	}
	return ScoreInteger
}

// Shape is what a value looks like.
type Shape uint8

const (
	ShapeOther   Shape = iota
	ShapeEmpty         // no bytes
	ShapeNumber        // an integer or a decimal fraction
	ShapeBitmap        // mostly zero bytes
	ShapeSketch        // a HyperLogLog
	ShapeJSON          // a JSON object or array
	ShapeJob           // a JSON object with the fields of a job, or a message of a broker
	ShapeResult        // a JSON object with a task's number and outcome, as Celery's
	ShapeSession       // what a framework stores for a session
	ShapeCached        // a cache's own envelope: the value and when it was made
	ShapeJava          // a Java object
	ShapePHP           // PHP's serialize
	ShapePickle        // Python's pickle
	ShapeMarshal       // Ruby's Marshal, with or without Rails' envelope
	NumShapes    = int(ShapeMarshal) + 1
)

// ShapeBytes is how many bytes of a value ShapeOf wants to see at most.
const ShapeBytes = 512

// ShapeOf classes a value by its first bytes.
func ShapeOf(v []byte) Shape {
	v = v[:min(len(v), ShapeBytes)]
	switch {
	case len(v) == 0:
		return ShapeEmpty
	case isNumber(v):
		return ShapeNumber
	case bytes.HasPrefix(v, []byte("HYLL")):
		return ShapeSketch
	case sparse(v):
		return ShapeBitmap
	case v[0] == '{' && bytes.HasPrefix(v, []byte(`{"ct": `)):
		return ShapeCached // dogpile.cache: creation time and version, then the value
	case v[0] == '{':
		return objectShape(v)
	case v[0] == '[':
		return ShapeJSON
	case hasAny(v, sessionMarks):
		return ShapeSession
	case bytes.HasPrefix(v, []byte{0xac, 0xed, 0, 5}):
		return ShapeJava
	case len(v) > 2 && v[1] == ':' && bytes.IndexByte([]byte("aOsidb"), v[0]) >= 0, bytes.HasPrefix(v, []byte("N;")):
		return ShapePHP
	case len(v) > 2 && (v[0] == 0x80 && v[1] <= 5 || v[0] == '!' && v[1] == 0x80 && v[2] <= 5):
		return ShapePickle // cachelib puts a ! in front
	case bytes.HasPrefix(v, []byte{4, 8}), bytes.HasPrefix(v, []byte{0, 0x11}):
		return ShapeMarshal
	}
	return ShapeOther
}

// sessionMarks are in what Django, Flask, Symfony, Laravel and PHP store first.
var sessionMarks = [][]byte{
	[]byte("_auth_user_id"), []byte("_permanent"), []byte("_sf2_attributes|"),
	[]byte(`"_token"`), []byte("_csrf_token"),
}

// objectShape looks at the fields of a JSON object.
func objectShape(v []byte) Shape {
	jobs := 0
	for _, name := range [...]string{
		`"jid"`, `"class"`, `"args"`, `"kwargs"`, `"task"`, `"displayName"`, `"maxTries"`, `"attempts"`, `"job"`, `"enqueued_at"`,
		`"body"`, `"properties"`, `"actor_name"`, `"message_id"`, `"queue_name"`, `"task_name"`, `"task_id"`, `"queue"`, `"retry"`,
	} {
		if bytes.Contains(v, []byte(name)) {
			jobs++
		}
	}
	switch {
	case bytes.Contains(v, []byte(`"cookie"`)) && bytes.Contains(v, []byte(`"originalMaxAge"`)):
		return ShapeSession // express-session
	case hasAny(v, sessionMarks):
		return ShapeSession
	case bytes.Contains(v, []byte(`"task_id"`)) && bytes.Contains(v, []byte(`"status"`)):
		return ShapeResult
	case jobs >= 2:
		return ShapeJob
	}
	return ShapeJSON
}

func hasAny(v []byte, marks [][]byte) bool {
	for _, m := range marks {
		if bytes.Contains(v, m) {
			return true
		}
	}
	return false
}

func isNumber(v []byte) bool {
	if v[0] == '-' {
		v = v[1:]
	}
	digits, dots := 0, 0
	for _, c := range v {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c == '.':
			dots++
		default:
			return false
		}
	}
	return digits > 0 && dots <= 1 && len(v) <= 40
}

// sparse reports whether three of four bytes are zero, as in a bitmap of few
// bits.
func sparse(v []byte) bool {
	return len(v) >= 16 && bytes.Count(v, []byte{0})*4 >= len(v)*3
}

// Hash is what the fields of a hash tell.
type Hash uint8

const (
	HashOther   Hash = iota
	HashJob          // fields that jobs have
	HashSession      // fields of a session
	HashCache        // fields of a cache's entry
	HashLock         // the one field names a thread of a process: Redisson's locks
	HashObject       // an object with the name of its class: Spring Data
	HashBucket       // a limiter's level and the time it was at it
	NumHashes   = int(HashBucket) + 1
)

// hashFields are names of fields and what they speak for. Two of a kind decide.
var hashFields = map[string]Hash{
	"attemptsMade": HashJob, "ats": HashJob, "atm": HashJob, "opts": HashJob, "processedOn": HashJob, "finishedOn": HashJob, "stacktrace": HashJob,
	"enqueued_at": HashJob, "result_ttl": HashJob, "pending_since": HashJob, "max_attempts": HashJob, "promote_at": HashJob, "retries_left": HashJob,
	"unique_key": HashJob, "parentKey": HashJob, "repeatJobKey": HashJob, "failure_ttl": HashJob, "success_callback_name": HashJob,
	"maxInactiveInterval": HashSession, "lastAccessedTime": HashSession,
	"absexp": HashCache, "sldexp": HashCache,
	"_class": HashObject,
}

// HashCounter finds out what the fields of one hash tell. The zero value is ready.
type HashCounter struct {
	fields, holders int
	seen            [NumHashes]int
	msg, state      bool // asynq's
	d, t, m         bool // Cm_Cache_Backend_Redis
	l, b            bool // rspamd's buckets
	expire, cid     bool // Drupal's
	data, writes    bool // Cm_RedisSession
}

// Field takes in the name of a field.
func (c *HashCounter) Field(name []byte) {
	c.fields++
	c.seen[hashFields[string(name)]]++
	switch string(name) {
	case "msg":
		c.msg = true
	case "state":
		c.state = true
	case "d":
		c.d = true
	case "t":
		c.t = true
	case "m":
		c.m = true
	case "l":
		c.l = true
	case "b":
		c.b = true
	case "cid":
		c.cid = true
	case "expire":
		c.expire = true
	case "data":
		c.data = true
	case "writes":
		c.writes = true
	}
	if threadID(name) {
		c.holders++
	}
}

// Hash returns what the fields told.
func (c *HashCounter) Hash() Hash {
	switch {
	case c.fields == 1 && c.holders == 1:
		return HashLock
	case c.seen[HashObject] > 0:
		return HashObject
	case c.seen[HashJob] >= 2 || c.msg && c.state:
		return HashJob
	case c.seen[HashSession] >= 2 || c.data && c.writes:
		return HashSession
	case c.seen[HashCache] >= 2 || c.d && c.t && c.m || c.cid && c.expire:
		return HashCache
	case c.l && c.b && c.fields <= 6:
		return HashBucket
	}
	return HashOther
}

// threadID reports whether a field is a UUID, a colon and a number, as Redisson
// names who holds a lock.
func threadID(name []byte) bool {
	return len(name) > 37 && name[36] == ':' && uuidText(name[:36]) && digits(name[37:])
}

func uuidText(b []byte) bool {
	for i, c := range b {
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if !hexDigit(c) {
				return false
			}
		}
	}
	return len(b) == 36
}

func hexDigit(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func digits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) > 0
}

// What is asked of facts: shares in percent.

// share reports whether part is at least percent of whole, and whole not zero.
func share(part, whole, percent int64) bool { return whole > 0 && part*100 >= whole*percent }

func (f *Facts) expire(percent int64) bool { return share(f.Keys-f.KeysWithoutTTL, f.Keys, percent) }

func sum(counts []int64) (n int64) {
	for _, c := range counts {
		n += c
	}
	return n
}

func (f *Facts) scores(percent int64, of ...Score) bool {
	var n int64
	for _, s := range of {
		n += f.Scores[s]
	}
	return share(n, sum(f.Scores[:]), percent)
}

// times reports whether the scores are times, in whatever unit.
func (f *Facts) times() bool {
	return share(sum(f.Scores[ScorePastSeconds:ScoreInfinite]), sum(f.Scores[:]), 90)
}

// ahead reports whether some scores are times that are still to come.
func (f *Facts) ahead() bool {
	return f.times() && f.Scores[ScoreAheadSeconds]+f.Scores[ScoreAheadMillis]+f.Scores[ScoreAheadScaled] > 0
}

func (f *Facts) values(percent int64, of ...Shape) bool {
	var n int64
	for _, s := range of {
		n += f.Values[s]
	}
	return share(n, sum(f.Values[:]), percent)
}

func (f *Facts) hashes(percent int64, of Hash) bool {
	return share(f.Hashes[of], sum(f.Hashes[:]), percent)
}

// refers reports whether the members are names of keys.
func (f *Facts) refers() bool {
	return share(f.MembersKeys, f.Members, 50) || share(f.MembersUnder, f.Members, 50)
}

// ends reports whether the members end names of keys: those of a leaderboard may, too.
func (f *Facts) ends() bool { return share(f.MembersTails, f.Members, 50) }
