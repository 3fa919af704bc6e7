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
	s := state.SourceState{Name: name, Magic: h.Magic, RDBVersion: h.Version, Seed: keyname.SeedOf(h)}
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

// setLive records what the server said: the figures that are understood and in the range
// of figures of servers.
func setLive(s *state.SourceState, live *data.LiveInput) {
	if live == nil {
		return
	}
	for _, name := range data.LiveFigures {
		if n, ok := live.Figures[name]; ok && n >= 0 && n <= state.MaxUsedMemory {
			s.Live = append(s.Live, state.LiveFigure{Name: name, Value: n})
		}
	}
	for _, name := range data.LiveWords {
		if w := live.Words[name]; w != "" {
			s.LiveWords = append(s.LiveWords, state.Pair{Name: name, Value: keyname.EscapeText(w)})
		}
	}
}

// liveSettings are the settings of a source: those of its server where the
// configuration has the default.
func liveSettings(c memory.Config, live *data.LiveInput) (memory.Config, error) {
	if live == nil {
		return c, nil
	}
	given, plain := c, memory.DefaultConfig()
	for _, x := range live.Settings {
		value, known := given.Get(x.Name)
		if usual, _ := plain.Get(x.Name); !known || value != usual {
			continue
		}
		if _, err := c.Set(x.Name, x.Value); err != nil {
			return c, err
		}
	}
	return c, nil
}

// setProfile records the model.
func setProfile(s *state.SourceState, p memory.Profile, found *memory.Detected) {
	s.Server, s.Allocator, s.Cluster, s.Reason = p.Server.String(), p.Allocator.String(), p.Cluster, found.Reason
	s.Inexact = keyname.EscapeText(found.Inexact(p.Server))
	for name, value := range p.Config.Changed() {
		s.Changed = append(s.Changed, state.Pair{Name: keyname.EscapeText(name), Value: keyname.EscapeText(value)})
	}
	slices.SortFunc(s.Changed, state.Pair.Compare)
}

// setInfo records how reading ended.
func setInfo(s *state.SourceState, info *parser.Info, offset int64, err error) {
	s.Bytes, s.Keys, s.Walked = offset, info.Keys, info.Walked
	s.Checksum, s.ChecksumStored = info.Checksum.String(), info.ChecksumStored
	s.Indexes = indexes(info.ModuleAux)
	s.Functions, s.FunctionBytes = info.Functions, info.FunctionBytes
	for _, l := range info.Libraries {
		s.Libraries = append(s.Libraries, data.Library{Library: keyname.EscapeText(l.Name), Engine: keyname.EscapeText(l.Engine), Bytes: l.Bytes})
	}
	slices.SortFunc(s.Libraries, data.Library.Compare)
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

// setEnvelope says what vouches for the bytes of a dump that has no checksum of its own.
func setEnvelope(s *state.SourceState, envelope string) {
	if envelope == "" {
		return
	}
	for i := range s.Warnings {
		if w := &s.Warnings[i]; w.Code == string(parser.WarnChecksumOff) {
			w.Text = "the dump has no checksum of its own: that of the frame around it (" + keyname.EscapeText(envelope) + ") stands in its place, where the writer made one, and was verified"
		}
	}
}

// indexes returns those of search modules (ft_index0 of RediSearch 2 and Redis 8, whose
// section begins with how many there are, each with its name first; Vk-Search of Valkey).
func indexes(aux []parser.ModuleUse) []data.Index {
	var found []data.Index
	for i := range aux {
		switch u := &aux[i]; u.Name {
		case "ft_index0":
			if n := min(u.Number, 1<<20); n > 0 {
				found = append(found, data.Index{Type: u.Name, Count: int64(n), Example: keyname.EscapeText(strings.TrimRight(u.Text, "\x00"))})
			}
		case "Vk-Search":
			found = append(found, data.Index{Type: u.Name})
		}
	}
	slices.SortFunc(found, data.Index.Compare)
	return found
}

// warnOfDamage says which sampled keys have contents that could not be read. The parser
// leaves that to whoever wanted them: which keys are sampled on the way depends on the
// order of keys, the finished sample does not.
func (a *analysis) warnOfDamage() {
	if a.keys.advice == nil {
		return
	}
	d := &a.keys.advice.keys.damaged
	if d.keys == 0 {
		return
	}
	for i := range a.source.Warnings {
		if w := &a.source.Warnings[i]; w.Code == string(parser.WarnDamaged) {
			w.Count += d.keys
			return
		}
	}
	a.source.Warn(string(parser.WarnDamaged), fmt.Sprintf("the inside of a sampled value makes no sense, it is left out of the sample: key %s at offset %d", parser.Quote(d.name), d.offset), d.keys)
}
