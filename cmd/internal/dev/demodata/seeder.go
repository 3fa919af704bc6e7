package main

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/rdblens/rdblens/cmd/internal/liveredis"
)

// seeder writes keys and remembers which of them get an idle time.
type seeder struct {
	c    *liveredis.Client
	rng  *rand.Rand
	now  time.Time // the clock all times in keys and values count from
	aged []aged
}

type aged struct {
	key  string
	idle time.Duration
	// expireAt is ms since the epoch, 0 for never.
	expireAt int64
}

// never is the lifetime of a key without expiry.
const never = time.Duration(0)

func (s *seeder) send(args ...any) { s.c.Send(nil, args...) }

// age gives a written key its lifetime, counted from the seeder's clock, and
// the time since its last use.
func (s *seeder) age(key string, life, idle time.Duration) {
	var at int64
	if life != never {
		at = s.now.Add(life).UnixMilli()
		s.send("PEXPIREAT", key, at)
	}
	if idle >= time.Second {
		s.aged = append(s.aged, aged{key, idle, at})
	}
}

func (s *seeder) set(key, value string, life, idle time.Duration) {
	s.send("SET", key, value)
	s.age(key, life, idle)
}

// add writes a collection with one command a few hundred elements long each.
// elements holds the command's arguments, stride of them for each element.
func (s *seeder) add(command, key string, stride int, elements []any, life, idle time.Duration) {
	const chunk = 240 // a multiple of every stride
	for len(elements) > 0 {
		n := min(chunk*stride, len(elements))
		s.c.Send(nil, append([]any{command, key}, elements[:n]...)...)
		elements = elements[n:]
	}
	s.age(key, life, idle)
}

// applyIdle restores every aged key of the selected database from its own
// DUMP: RESTORE is the only command that sets an idle time.
func (s *seeder) applyIdle() error {
	const batch = 128
	for len(s.aged) > 0 {
		part := s.aged[:min(batch, len(s.aged))]
		s.aged = s.aged[len(part):]
		payloads := make([]string, len(part))
		for i, k := range part {
			s.c.Send(text(&payloads[i]), "DUMP", k.key)
		}
		if err := s.c.Flush(); err != nil {
			return fmt.Errorf("dump keys: %w", err)
		}
		for i, k := range part {
			args := []any{"RESTORE", k.key, k.expireAt, payloads[i], "REPLACE", "IDLETIME", int64(k.idle / time.Second)}
			if k.expireAt != 0 {
				args = append(args, "ABSTTL")
			}
			s.send(args...)
		}
	}
	if err := s.c.Flush(); err != nil {
		return fmt.Errorf("restore keys: %w", err)
	}
	return nil
}

// between returns a duration in [lo, hi) with ms precision.
func (s *seeder) between(lo, hi time.Duration) time.Duration {
	return lo + time.Duration(s.rng.Int64N(int64((hi-lo)/time.Millisecond)))*time.Millisecond
}

// recent is between, but short times are the more frequent ones.
func (s *seeder) recent(lo, hi time.Duration) time.Duration {
	f := s.rng.Float64()
	return (lo + time.Duration(f*f*f*float64(hi-lo))).Truncate(time.Millisecond)
}

// chance is true in percent of 100 calls.
func (s *seeder) chance(percent int) bool { return s.rng.IntN(100) < percent }

func (s *seeder) pick(list []string) string { return list[s.rng.IntN(len(list))] }

const hexDigits = "0123456789abcdef"

func (s *seeder) hex(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = hexDigits[s.rng.IntN(16)]
	}
	return string(b)
}

// uuid returns a version 4 UUID.
func (s *seeder) uuid() string {
	return fmt.Sprintf("%s-%s-4%s-%c%s-%s", s.hex(8), s.hex(4), s.hex(3), "89ab"[s.rng.IntN(4)], s.hex(3), s.hex(12))
}

// distinct returns n different integers of [lo, hi), in random order.
func (s *seeder) distinct(n, lo, hi int) []int {
	seen := make(map[int]bool, n)
	list := make([]int, 0, n)
	for len(list) < n {
		v := lo + s.rng.IntN(hi-lo)
		if !seen[v] {
			seen[v] = true
			list = append(list, v)
		}
	}
	return list
}

// words returns n words of shop prose.
func (s *seeder) words(n int) string {
	var b []byte
	for i := range n {
		if i > 0 {
			b = append(b, ' ')
		}
		b = append(b, s.pick(prose)...)
	}
	return string(b)
}
