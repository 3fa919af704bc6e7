package role

import "strings"

// Verdict is what a pattern is for.
type Verdict struct {
	Role   Role
	Reason string // one short sentence, without what is in keys or values
	// Framework is whose keys they are, nil when no framework's.
	Framework *Framework
	// Own: a framework looks for the keys under this name, which must stay.
	Own bool
	// Finished: the framework keeps here which jobs are done, or these themselves,
	// until it is told to forget them. Jobs: the keys are its jobs, or hold them as
	// elements.
	Finished, Jobs bool
	// Named: members of other keys are the names of these, or end them, so that
	// whoever reads those looks for these.
	Named bool
	// ByTTL: nothing but that nearly all keys expire says what they are for.
	ByTTL bool
}

// MayExpire is as of the role, but for what other keys refer to.
func (v *Verdict) MayExpire() bool { return v.Role.MayExpire() && !v.Named }

// MayDelete is as of the role.
func (v *Verdict) MayDelete() bool { return v.Role.MayDelete() && !v.Named }

// MayTrim is as of the role: the tail of a framework's own feed is its business.
func (v *Verdict) MayTrim() bool { return v.Role.MayTrim() && !v.Own }

// MayRename reports whether another name may be proposed.
func (v *Verdict) MayRename() bool { return v.Role.MayRename() && !v.Own }

// strongLiterals is how many given bytes make a name a framework's although the
// facts do not say what its keys are for.
const strongLiterals = 8

// Of says what a pattern of the report is for.
func Of(p *Pattern, s *Siblings) Verdict {
	m := s.table(p)
	if m.key != nil && !m.refused {
		return Verdict{
			Role:      m.key.Role,
			Reason:    m.framework.Name + ": " + m.key.What,
			Framework: m.framework,
			Own:       !m.framework.app,
			Finished:  m.key.finished,
			Jobs:      m.key.jobs,
		}
	}
	name := symbolsOf(p.Name)
	v := byFacts(p, name)
	v = referred(endsNames(hint(v, p, name, s), &p.Facts), &p.Facts)
	if v.Reason == "" {
		v.Reason = Unknown.What()
	}
	if m.key != nil && m.key.shape.literals >= strongLiterals {
		v.Own = !m.framework.app
	}
	return v
}

// endsNames decides by members that end names of keys, where nothing else did.
func endsNames(v Verdict, f *Facts) Verdict {
	if v.Role != Unknown || !f.ends() {
		return v
	}
	switch f.Type {
	case tList:
		if f.TailKeys > 0 && f.Elements > f.TailKeys {
			// Work waits once; what users have seen or own is in many lists.
			return Verdict{Role: Index, Reason: "its elements end the names of other keys, which are fewer"}
		}
		return Verdict{Role: Queue, Reason: "its elements end the names of other keys"}
	case tSet, tZset:
		return Verdict{Role: Index, Reason: "its members end the names of other keys"}
	}
	return v
}

// referred takes into account that members of other keys name these: what nothing but
// TTLs, or nothing at all, says something of may be what waits there.
func referred(v Verdict, f *Facts) Verdict {
	if f.Named == NamedByNone || v.Role != Unknown && !v.ByTTL {
		return v
	}
	if f.Named == NamedByWork && f.KeysWithoutTTL > 0 {
		return Verdict{Role: Job, Reason: "a queue names them", Named: true}
	}
	if v.Named = true; v.Role == Unknown {
		v.Reason = "other keys refer to them"
	}
	return v
}

// byFacts decides without the name, but for the classes in it.
func byFacts(p *Pattern, name []symbol) Verdict {
	f := &p.Facts
	switch f.Type {
	case tString:
		return stringRole(f, name)
	case tHash:
		return hashRole(f)
	case tZset:
		return zsetRole(f)
	case tList:
		switch {
		case f.values(50, ShapeJob):
			return Verdict{Role: Queue, Reason: "its elements have the fields of jobs"}
		case f.refers():
			return Verdict{Role: Queue, Reason: "its elements name other keys"}
		}
	case tSet:
		if f.refers() {
			return Verdict{Role: Index, Reason: "its members name other keys"}
		}
	case tStream:
		if f.Groups > 0 {
			return Verdict{Role: Queue, Reason: "consumer groups read it"}
		}
	}
	return Verdict{}
}

func stringRole(f *Facts, name []symbol) Verdict {
	switch {
	case f.values(80, ShapeSketch):
		return Verdict{Role: Counter, Reason: "HyperLogLogs: counts of what is distinct"}
	case f.values(80, ShapeBitmap):
		return Verdict{Role: Bitmap, Reason: "mostly zero bytes"}
	case f.values(50, ShapeJob):
		return Verdict{Role: Job, Reason: "the values have the fields of jobs"}
	case f.values(80, ShapeCached):
		return Verdict{Role: Cache, Reason: "a cache's envelope: a value and when it was made"}
	case f.values(80, ShapeSession) && f.expire(95):
		return Verdict{Role: Session, Reason: "the values are sessions, and they expire"}
	case share(f.Integers, f.Keys, 90):
		return integerRole(f, name)
	case f.expire(95):
		return Verdict{Role: Cache, Reason: "they expire by themselves", ByTTL: true}
	}
	return Verdict{}
}

// integerRole tells counters from numbers that refer to something: those are
// large.
func integerRole(f *Facts, name []symbol) Verdict {
	small := share(f.SmallIntegers, f.Integers, 80)
	switch {
	case f.expire(95) && hasClass(name, "ip"):
		return Verdict{Role: Limiter, Reason: "a number for each address, and they expire"}
	case small:
		return Verdict{Role: Counter, Reason: "small numbers"}
	case f.expire(95):
		return Verdict{Role: Cache, Reason: "they expire by themselves", ByTTL: true}
	}
	return Verdict{}
}

func hashRole(f *Facts) Verdict {
	switch {
	case f.hashes(50, HashJob):
		return Verdict{Role: Job, Reason: "the fields are those of jobs"}
	case f.hashes(80, HashLock):
		return Verdict{Role: Lock, Reason: "the one field names a thread of a process"}
	case f.hashes(80, HashSession) && f.expire(95):
		return Verdict{Role: Session, Reason: "the fields are those of sessions, and they expire"}
	case f.hashes(80, HashBucket) && f.expire(95):
		return Verdict{Role: Limiter, Reason: "a level and a time, and they expire"}
	case f.hashes(80, HashCache) && f.expire(95):
		return Verdict{Role: Cache, Reason: "the fields are those of a cache's entries, and they expire"}
	case f.Keys > 0 && f.KeysWithoutTTL == 0 && !f.hashes(1, HashJob):
		return Verdict{Role: Cache, Reason: "they expire by themselves", ByTTL: true}
	}
	return Verdict{}
}

func zsetRole(f *Facts) Verdict {
	switch {
	case f.scores(90, ScoreGeohash):
		return Verdict{Role: Geo, Reason: "the scores are geohashes of 52 bits"}
	case f.scores(90, ScorePastScaled, ScoreAheadScaled):
		return Verdict{Role: DelayedSet, Reason: "the scores are times in ms × 4096"}
	case f.ahead():
		return Verdict{Role: DelayedSet, Reason: "the scores are times, some still to come"}
	case f.refers():
		return Verdict{Role: Index, Reason: "its members name other keys"}
	}
	return Verdict{}
}

// hint looks at the words of the name. They may name what the facts allow, or
// something that allows less; only for leaderboards and feeds, whose facts are
// those of many sorted sets, it takes the word and facts that fit.
func hint(v Verdict, p *Pattern, name []symbol, s *Siblings) Verdict {
	f, w := &p.Facts, wordsOf(name)
	if v.Role == Unknown && f.Type == tZset {
		if r, reason := ranked(f, w); r != Unknown {
			return Verdict{Role: r, Reason: reason}
		}
	}
	r, reason := meant(f, w, v.Role)
	if v.Role == Unknown && r == Unknown && f.Type == tList && s.beside(p.Name) {
		return Verdict{Role: Queue, Reason: "a list of what is processed stands beside it"}
	}
	most := v.Role
	if f.Type == tString && v.Role == Counter && f.expire(95) {
		most = Cache // as all strings that expire by themselves
	}
	if r == Unknown || r == v.Role || !within(r, most) {
		return v
	}
	return Verdict{Role: r, Reason: reason}
}

// ranked finds leaderboards and feeds: the word says so, the scores are as they
// should be, and no member is known to be something's key: it may be the only place where
// that is found.
func ranked(f *Facts, w word) (Role, string) {
	const plain = wordLeaderboard | wordFeed
	switch {
	case w&^plain&^wordSession != 0, f.MembersKeys > 0 || f.MembersUnder > 0:
		// Another word speaks against it.
	case w&wordLeaderboard != 0 && f.scores(90, ScoreInteger, ScoreFraction, ScoreConstant) && !f.scores(50, ScoreConstant):
		return Leaderboard, "the name says so, and the scores are no times"
	case w&wordFeed != 0 && f.scores(90, ScorePastSeconds, ScorePastMillis, ScoreInteger, ScoreConstant):
		return Feed, "the name says so, and the scores are past times or numbers"
	}
	return Unknown, ""
}

// meant is the role that the words may mean, given the facts.
func meant(f *Facts, w word, role Role) (Role, string) {
	const says = "the name says so"
	temporary := f.expire(95)
	switch f.Type {
	case tString:
		return meantString(f, w, role)
	case tHash:
		switch {
		case w&wordLock != 0:
			return Lock, says
		case temporary && w&wordSession != 0:
			return Session, says + ", and they expire"
		case w&wordIndex != 0:
			return Index, says
		case role == Unknown && w&wordInFlight != 0:
			return InFlight, says
		case w&wordJob != 0:
			return Job, says
		case role == Unknown && w&wordConfig != 0:
			return Config, says
		}
	case tZset, tList, tSet, tStream:
		if role != Unknown {
			break
		}
		return meantCollection(f, w)
	}
	return Unknown, ""
}

func meantString(f *Facts, w word, role Role) (Role, string) {
	const says, temporary = "the name says so", "the name says so, and they expire"
	switch {
	case w&wordLock != 0 && role != Session && role != Bitmap:
		return Lock, says
	case (role == Cache || role == Counter) && f.expire(95):
		numbers := share(f.Integers, f.Keys, 90) || f.values(80, ShapeNumber, ShapePickle)
		switch {
		case role == Cache && f.KeysWithoutTTL > 0 && w&wordJob != 0:
			return Job, "the name says so, and some do not expire"
		case w&wordLimiter != 0 && numbers:
			return Limiter, temporary
		case role == Cache && w&wordSession != 0:
			return Session, temporary
		}
	case role == Unknown && w&wordConfig != 0:
		return Config, says
	case role == Unknown && w&wordIndex != 0:
		return Index, says
	}
	return Unknown, ""
}

func meantCollection(f *Facts, w word) (Role, string) {
	const says = "the name says so"
	switch {
	case w&wordLock != 0:
		return Lock, says
	case w&wordIndex != 0 && f.Type != tList && f.Type != tStream:
		return Index, says
	case w&wordInFlight != 0:
		return InFlight, says
	case w&wordDelayed != 0 && f.Type == tZset:
		return DelayedSet, says
	case w&wordQueue != 0:
		return Queue, says
	}
	return Unknown, ""
}

// beside reports whether a list of what is processed has the same name and a
// word more.
func (s *Siblings) beside(name string) bool {
	for _, sep := range [...]string{":", "-", "_", "."} {
		for _, more := range [...]string{"processing", "reserved", "inflight", "in-flight", "unacked", "active", "working"} {
			if s.names[named{name + sep + more, tList}] || s.names[named{strings.TrimSuffix(name, sep+"pending") + sep + more, tList}] && strings.HasSuffix(name, sep+"pending") {
				return true
			}
		}
	}
	return false
}
