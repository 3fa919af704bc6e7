package role

// Role is what the keys of a pattern are for.
type Role uint8

const (
	// Unknown: the facts are stated and nothing is done.
	Unknown Role = iota
	// Job is one unit of work with its state, its result and its log.
	Job
	// Queue holds work that waits for a worker, in order.
	Queue
	// DelayedSet holds work that is due at the time its score says.
	DelayedSet
	// InFlight holds what a worker has taken and not finished.
	InFlight
	// Index refers to other keys or to identifiers.
	Index
	// Lock is held by somebody.
	Lock
	// Limiter counts events in a window of time.
	Limiter
	// Session is the state of somebody who is logged in.
	Session
	// Cache can be computed again.
	Cache
	// Counter is a number, or a sketch of one, that was counted.
	Counter
	// Leaderboard ranks members; its tail is what it ranks last.
	Leaderboard
	// Feed is a timeline or a log; its tail is what is oldest.
	Feed
	// Geo holds positions as 52-bit geohashes.
	Geo
	// Bitmap is a string that is used bit by bit.
	Bitmap
	// Config is what a program is set up by.
	Config
	// NumRoles is the number of roles.
	NumRoles = int(Config) + 1
)

// may is what an action may do to the keys of a role.
type may uint8

const (
	mayExpire may = 1 << iota
	mayDelete
	mayTrim
	mayRename
)

var roles = [NumRoles]struct {
	name string
	may  may
	what string
}{
	Unknown:     {"unknown", mayRename, "nothing says what it is for"},
	Job:         {"job", 0, "one unit of work, its state, result and log"},
	Queue:       {"queue", 0, "work that waits for a worker"},
	DelayedSet:  {"delayed-set", 0, "work that is due at the time its score says"},
	InFlight:    {"in-flight", 0, "what a worker has taken and not finished"},
	Index:       {"index", mayRename, "refers to other keys or to identifiers"},
	Lock:        {"lock", 0, "held by somebody"},
	Limiter:     {"limiter", mayExpire | mayDelete | mayRename, "counts events in a window of time"},
	Session:     {"session", mayExpire | mayDelete | mayRename, "the state of somebody who is logged in"},
	Cache:       {"cache", mayExpire | mayDelete | mayRename, "can be computed again"},
	Counter:     {"counter", mayRename, "a number, or a sketch of one, that was counted"},
	Leaderboard: {"leaderboard", mayTrim | mayRename, "ranks its members"},
	Feed:        {"feed", mayTrim | mayRename, "a timeline or a log"},
	Geo:         {"geo", mayRename, "positions as 52-bit geohashes"},
	Bitmap:      {"bitmap", mayRename, "a string used bit by bit"},
	Config:      {"config", mayRename, "what a program is set up by"},
}

// String returns the role's name as reports and JSON show it.
func (r Role) String() string { return roles[r.known()].name }

// What returns what keys of the role are, in a few words.
func (r Role) What() string { return roles[r.known()].what }

// MayExpire reports whether keys without a TTL may be given one. A lock may not:
// a dump does not tell whether its holder lives.
func (r Role) MayExpire() bool { return r.may(mayExpire) }

// MayDelete reports whether keys that nobody used for long may be deleted.
func (r Role) MayDelete() bool { return r.may(mayDelete) }

// MayTrim reports whether the tail of a collection may be cut off.
func (r Role) MayTrim() bool { return r.may(mayTrim) }

// MayRename reports whether another name may be proposed for the keys. It may
// not where a worker looks for them under the old one meanwhile.
func (r Role) MayRename() bool { return r.may(mayRename) }

func (r Role) may(m may) bool { return roles[r.known()].may&m != 0 }

func (r Role) known() Role {
	if int(r) < NumRoles {
		return r
	}
	return Unknown
}

// within reports whether a allows nothing that b does not.
func within(a, b Role) bool { return roles[a.known()].may&^roles[b.known()].may == 0 }
