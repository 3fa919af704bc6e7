package aggregate

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// sourceState is what belongs to a source and not to its keys. It is plain
// data; two reads of one dump give equal states.
type sourceState struct {
	Name          string
	Bytes         int64
	Magic         string
	RDBVersion    int
	ServerVersion string
	Ctime         int64 // ms; only with HasCtime
	HasCtime      bool
	Clock         int64 // ms; only with HasClock
	HasClock      bool
	UsedMemory    int64 // only with HasUsedMemory
	HasUsedMemory bool
	Checksum      string
	ChecksumWant  uint64
	Keys          int64 // whole keys in the dump
	Counted       tally // those that are counted
	Aux           []pair
	Walked        bool
	Partial       bool
	Error         string
	ErrorOffset   int64 // only with HasOffset
	HasOffset     bool
	LastGoodKey   string // escaped
	Warnings      []Warning

	Server    string
	Allocator string
	Cluster   bool
	Changed   []pair // settings that differ from the defaults
	Reason    string
	Tables    []tableState // of the keys that were counted
	Keyspace  int64
	Baseline  int64
	Expires   int64         // what the expires tables take
	AllExpire int64         // what they would take if every key had a TTL
	Trials    []trialTables // by scenario
}

// pair is a name and a value, escaped for display.
type pair struct{ Name, Value string }

// tableState is a database's tables.
type tableState struct{ Keys, Expires int64 }

// maxTables is how many databases of a source keep their table sizes; the rest
// is in the sums only.
const maxTables = 1024

// maxUsedMemory is the largest used-mem that is believed, bytes: what sources
// say is added up.
const maxUsedMemory = 1 << 50

// compare orders sources by name; what follows makes the order total.
func (s *sourceState) compare(o *sourceState) int {
	c := cmp.Or(cmp.Compare(s.Name, o.Name), cmp.Compare(s.Ctime, o.Ctime), cmp.Compare(s.Bytes, o.Bytes),
		cmp.Compare(s.ChecksumWant, o.ChecksumWant), cmp.Compare(s.Keys, o.Keys), cmp.Compare(s.UsedMemory, o.UsedMemory),
		cmp.Compare(s.Magic, o.Magic), cmp.Compare(s.ServerVersion, o.ServerVersion), cmp.Compare(s.Server, o.Server),
		cmp.Compare(s.Error, o.Error), cmp.Compare(s.LastGoodKey, o.LastGoodKey), slices.CompareFunc(s.Aux, o.Aux, pair.compare),
		slices.CompareFunc(s.Tables, o.Tables, tableState.compare))
	if c != 0 {
		return c
	}
	return cmp.Compare(fmt.Sprint(*s), fmt.Sprint(*o))
}

func (p pair) compare(o pair) int {
	return cmp.Or(cmp.Compare(p.Name, o.Name), cmp.Compare(p.Value, o.Value))
}

func (t tableState) compare(o tableState) int {
	return cmp.Or(cmp.Compare(t.Keys, o.Keys), cmp.Compare(t.Expires, o.Expires))
}

// newSource reads the header of a dump.
func newSource(name string, h *parser.Header) sourceState {
	s := sourceState{Name: name, Magic: h.Magic, RDBVersion: h.Version}
	for _, a := range h.Aux {
		s.Aux = append(s.Aux, pair{escapeText(a.Key), escapeText(a.Value)})
	}
	for _, v := range [...]struct{ aux, server string }{{"valkey-ver", "valkey "}, {"redis-ver", "redis "}} {
		if ver, ok := h.Lookup(v.aux); ok && s.ServerVersion == "" {
			s.ServerVersion = v.server + escapeText(ver)
		}
	}
	if v, ok := h.Lookup("ctime"); ok {
		// Up to the year 9999: a later one is no point in time.
		if t, err := strconv.ParseInt(v, 10, 64); err == nil && t > 0 && t < 253402300800 {
			s.Ctime, s.HasCtime = t*1000, true
		}
	}
	if v, ok := h.Lookup("used-mem"); ok {
		if n, err := strconv.ParseInt(v, 10, 64); err == nil && n >= 0 && n <= maxUsedMemory {
			s.UsedMemory, s.HasUsedMemory = n, true
		}
	}
	return s
}

func escapeText(s string) string { return parser.Escape([]byte(s)) }

// setClock chooses the source's point in time.
func (s *sourceState) setClock(now *Time) clock {
	switch {
	case now != nil:
		s.Clock, s.HasClock = int64(*now), true
	case s.HasCtime:
		s.Clock, s.HasClock = s.Ctime, true
	default:
		s.warn("no-clock", "the dump does not say when it was written: no times relative to it are given", 1)
	}
	return clock{s.Clock, s.HasClock}
}

// setProfile records the model.
func (s *sourceState) setProfile(p memory.Profile, reason string) {
	s.Server, s.Allocator, s.Cluster, s.Reason = p.Server.String(), p.Allocator.String(), p.Cluster, reason
	for name, value := range p.Config.Changed() {
		s.Changed = append(s.Changed, pair{escapeText(name), escapeText(value)})
	}
	slices.SortFunc(s.Changed, pair.compare)
}

func (s *sourceState) warn(code, text string, count int64) {
	s.Warnings = append(s.Warnings, Warning{Source: s.Name, Code: code, Text: text, Count: count})
}

// setInfo records how reading ended.
func (s *sourceState) setInfo(info *parser.Info, offset int64, err error) {
	s.Bytes, s.Keys, s.Walked = offset, info.Keys, info.Walked
	s.Checksum, s.ChecksumWant = info.Checksum.String(), info.ChecksumStored
	for i := range info.Warnings {
		w := &info.Warnings[i]
		var text strings.Builder
		text.WriteString(escapeText(w.Text))
		if w.Key != "" {
			text.WriteString(": key " + parser.Quote([]byte(w.Key)))
		}
		if w.Offset > 0 {
			text.WriteString(" at offset " + strconv.FormatInt(w.Offset, 10))
		}
		s.warn(string(w.Code), text.String(), w.Count)
	}
	if info.DamageCount > 0 {
		s.warn("salvaged", fmt.Sprintf("damaged: %d bytes were passed over, what was read behind them is a guess", info.Skipped), info.DamageCount)
	}
	if err == nil {
		return
	}
	s.Partial = true
	s.Error = err.Error()
	var pe *parser.Error
	if errors.As(err, &pe) {
		s.ErrorOffset, s.HasOffset = pe.Offset, true
	}
	s.LastGoodKey = parser.Escape(info.LastKey)
}

// setTables sizes the tables of the databases. Those of a server that dropped
// expired keys while loading were made for all the dump has.
func (s *sourceState) setTables(p memory.Profile, dbs map[int32]*dbState) {
	for _, d := range dbs {
		s.Tables = append(s.Tables, tableState{d.keys, d.expires})
		s.Keyspace += p.LoadedKeyspaceBytes(d.keys, d.expires, d.keys+d.dropped, d.expires+d.dropped)
		s.Expires += p.ExpiresBytes(d.expires)
		s.AllExpire += p.ExpiresBytes(d.keys)
	}
	slices.SortFunc(s.Tables, func(a, b tableState) int { return -a.compare(b) })
	s.Tables = s.Tables[:min(len(s.Tables), maxTables)]
	s.Baseline = p.BaselineBytes()
}

// badChecksum reports whether the dump's bytes are known to be damaged.
func (s *sourceState) badChecksum() bool { return s.Checksum == parser.ChecksumMismatch.String() }
