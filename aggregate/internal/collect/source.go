package collect

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// newSource reads the header of a dump.
func newSource(name string, h *parser.Header) state.SourceState {
	s := state.SourceState{Name: name, Magic: h.Magic, RDBVersion: h.Version}
	for _, a := range h.Aux {
		s.Aux = append(s.Aux, state.Pair{Name: keyname.EscapeText(a.Key), Value: keyname.EscapeText(a.Value)})
	}
	for _, v := range [...]struct{ aux, server string }{{"valkey-ver", "valkey "}, {"redis-ver", "redis "}} {
		if ver, ok := h.Lookup(v.aux); ok && s.ServerVersion == "" {
			s.ServerVersion = v.server + keyname.EscapeText(ver)
		}
	}
	if v, ok := h.Lookup("ctime"); ok {
		// Up to the year 9999: a later one is no point in time.
		if t, err := strconv.ParseInt(v, 10, 64); err == nil && t > 0 && t < 253402300800 {
			s.Ctime, s.HasCtime = t*1000, true
		}
	}
	if v, ok := h.Lookup("used-mem"); ok {
		if n, err := strconv.ParseInt(v, 10, 64); err == nil && n >= 0 && n <= state.MaxUsedMemory {
			s.UsedMemory, s.HasUsedMemory = n, true
		}
	}
	return s
}

// SetClock chooses the source's point in time.
func SetClock(s *state.SourceState, now *data.Time) sketch.Clock {
	switch {
	case now != nil:
		s.Clock, s.HasClock = int64(*now), true
	case s.HasCtime:
		s.Clock, s.HasClock = s.Ctime, true
	default:
		s.Warn("no-clock", "the dump does not say when it was written: no times relative to it are given", 1)
	}
	return sketch.Clock{Ms: s.Clock, Known: s.HasClock}
}

// setProfile records the model.
func setProfile(s *state.SourceState, p memory.Profile, reason string) {
	s.Server, s.Allocator, s.Cluster, s.Reason = p.Server.String(), p.Allocator.String(), p.Cluster, reason
	for name, value := range p.Config.Changed() {
		s.Changed = append(s.Changed, state.Pair{Name: keyname.EscapeText(name), Value: keyname.EscapeText(value)})
	}
	slices.SortFunc(s.Changed, state.Pair.Compare)
}

// setInfo records how reading ended.
func setInfo(s *state.SourceState, info *parser.Info, offset int64, err error) {
	s.Bytes, s.Keys, s.Walked = offset, info.Keys, info.Walked
	s.Checksum, s.ChecksumStored = info.Checksum.String(), info.ChecksumStored
	for i := range info.Warnings {
		w := &info.Warnings[i]
		var text strings.Builder
		text.WriteString(keyname.EscapeText(w.Text))
		if w.Key != "" {
			text.WriteString(": key " + parser.Quote([]byte(w.Key)))
		}
		if w.Offset > 0 {
			text.WriteString(" at offset " + strconv.FormatInt(w.Offset, 10))
		}
		s.Warn(string(w.Code), text.String(), w.Count)
	}
	if info.DamageCount > 0 {
		s.Warn("salvaged", fmt.Sprintf("damaged: %d bytes were passed over, what was read behind them is a guess", info.Skipped), info.DamageCount)
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
func setTables(s *state.SourceState, p memory.Profile, dbs map[int32]*dbState) {
	for _, d := range dbs {
		s.Tables = append(s.Tables, state.TableState{Keys: d.keys, Expires: d.expires})
		s.Keyspace += p.LoadedKeyspaceBytes(d.keys, d.expires, d.keys+d.dropped, d.expires+d.dropped)
		s.Expires += p.ExpiresBytes(d.expires)
		s.AllExpire += p.ExpiresBytes(d.keys)
	}
	slices.SortFunc(s.Tables, func(a, b state.TableState) int { return -a.Compare(b) })
	s.Tables = s.Tables[:min(len(s.Tables), state.MaxTables)]
	s.Baseline = p.BaselineBytes()
}
