package role

import (
	"slices"
	"strings"
)

// word is a set of meanings that a word in a name may have.
type word uint16

const (
	wordSession word = 1 << iota
	wordLock
	wordLimiter
	wordIndex
	wordQueue
	wordDelayed
	wordInFlight
	wordJob
	wordConfig
	wordLeaderboard
	wordFeed
)

// words are words that people name keys with, and what they may mean by them.
var words = func() map[string]word {
	m := map[string]word{}
	for w, list := range map[word]string{
		wordSession:     "session sessions sess sid phpsessid jsessionid login",
		wordLock:        "lock locks locked mutex semaphore sem redlock lease",
		wordLimiter:     "limit limits limiter ratelimit rate rates throttle throttled quota rl rlflx attempts bucket flood antispam",
		wordIndex:       "index indexes indices idx members tags tag refs lookup inverted secondary",
		wordQueue:       "queue queues queued jobs tasks pending wait waiting inbox outbox backlog todo ready dlq deadletter q mq",
		wordDelayed:     "delayed delay scheduled schedule schedules retry retries deferred due timers timer reminders later",
		wordInFlight:    "processing inflight inprogress unacked unack reserved running leased leases claimed active working wip",
		wordJob:         "job jobs task tasks",
		wordConfig:      "config configs configuration settings setting flags features constance",
		wordLeaderboard: "leaderboard leaderboards scoreboard scoreboards highscore highscores ranking rankings ladder",
		wordFeed:        "feed feeds timeline timelines newsfeed",
	} {
		for s := range strings.FieldsSeq(list) {
			m[s] |= w
		}
	}
	return m
}()

// wordsOf returns the meanings of the words of a pattern: runs of letters, with
// a change from small to capital letters as a border.
func wordsOf(name []symbol) (w word) {
	var run []byte
	flush := func() {
		if len(run) > 0 && len(run) <= 24 {
			w |= words[string(run)]
		}
		run = run[:0]
	}
	small := false
	for _, c := range name {
		b := c.b
		switch {
		case c.class != "":
			flush()
			small = false
		case b >= 'a' && b <= 'z':
			run, small = append(run, b), true
		case b >= 'A' && b <= 'Z':
			if small {
				flush()
			}
			run, small = append(run, b|0x20), false
		default:
			flush()
			small = false
		}
	}
	flush()
	return w
}

// hasClass reports whether a class stands in a name.
func hasClass(name []symbol, class string) bool {
	for _, c := range name {
		if c.class == class {
			return true
		}
	}
	return false
}

// ShareWord reports whether the last word of one of two patterns is a word of the other
// one, be it one or many: jobs and job:{int}.
func ShareWord(a, b string) bool {
	x, y := nameWords(a), nameWords(b)
	has := func(words []string, w string) bool { return slices.Contains(words, w) }
	return len(x) > 0 && len(y) > 0 && (has(y, x[len(x)-1]) || has(x, y[len(y)-1]))
}

// nameWords are the words of a pattern of three letters and more, each as one of many
// would be without its s.
func nameWords(pattern string) (out []string) {
	var run []byte
	flush := func() {
		if len(run) > 2 {
			out = append(out, strings.TrimSuffix(string(run), "s"))
		}
		run = run[:0]
	}
	small := false
	for _, c := range symbolsOf(pattern) {
		b := c.b
		switch {
		case c.class == "" && b >= 'a' && b <= 'z':
			run, small = append(run, b), true
			continue
		case c.class == "" && b >= 'A' && b <= 'Z':
			if small {
				flush()
			}
			run = append(run, b|0x20)
		default:
			flush()
		}
		small = false
	}
	flush()
	return out
}
