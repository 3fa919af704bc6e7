package advice

import (
	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/role"
	"github.com/rdblens/rdblens/report/advice/internal/command"
)

// A rule that would have keys expire, go or get shorter first asks what they are
// for. Nothing it says may cost anybody data: where nobody knows, the fact is all.

// stance is how far a rule may go.
type stance uint8

const (
	silent stance = iota // the keys are meant to stay, or wait for somebody
	states               // the fact, and no command: nothing says what they are for
	offers               // the fact, and what the keys' own framework offers
	acts                 // commands
)

// stanceOf returns how far a rule may go with a row, if it may do what it does to
// keys of the row's role.
func stanceOf(p *aggregate.Purpose, may bool) stance {
	switch {
	case may && p.Framework != "":
		return offers
	case may:
		return acts
	case p.Role == role.Unknown && !p.Own && !p.Named:
		return states
	}
	return silent
}

// waits reports whether the keys are work, or hold or refer to something that
// somebody relies on: nothing but their framework changes them.
func waits(p *aggregate.Purpose) bool {
	switch p.Role {
	case role.Job, role.Queue, role.DelayedSet, role.InFlight, role.Lock:
		return true
	case role.Unknown, role.Index, role.Limiter, role.Session, role.Cache, role.Counter, role.Leaderboard, role.Feed, role.Geo, role.Bitmap, role.Config:
	}
	return false
}

// otherLayout reports whether a rule may propose to store the keys in another way:
// not where a framework looks for them as they are, nor where they are work or what
// programs are set up by.
func otherLayout(p *aggregate.Purpose) bool { return free(p) && p.Role != role.Config }

// free reports whether the keys are nobody's but the application's, and nobody waits
// for them or holds them.
func free(p *aggregate.Purpose) bool { return (!p.Own || p.Framework == "") && !waits(p) }

// unsure is the action where nothing is known: no command.
func (in *input) unsure(row *aggregate.PatternFacts) []string {
	why := "nothing in the dump says what these keys are for"
	if row.Purpose.ByTTL {
		why = "that the others expire is all that the dump says of these keys, some may be meant to stay"
	}
	return append([]string{
		command.Note("%s, so here is no command: ask whoever writes them", why),
		command.Note("where they may go, the writer gives them a TTL: SET key value EX seconds, or EXPIRE beside HSET, ZADD, RPUSH and the like"),
	}, in.Listed(row)...)
}

// offered is the action for keys of a framework: what that has for it.
func (in *input) offered(p *aggregate.Purpose) []string {
	return []string{command.Note("%s does it itself: %s", p.Framework, command.PlainWords(p.Bound))}
}
