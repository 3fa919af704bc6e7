package check

import (
	"fmt"

	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// judgeFor says whether a server of another line would refuse the dump: for its version
// (rdb.c rdbLoadRioWithLoadingCtx), or for a type that the line does not know. What is
// wrong with the dump whoever loads it comes first.
func (s *Source) judgeFor(line memory.Server, in *parser.Info) {
	reason := refusal(line, in)
	if reason == "" {
		return
	}
	s.RefusedBy = line.String()
	if s.Error == "" {
		s.onlyRefused = true
		start := in.Start
		s.Error, s.ErrorOffset = reason, &start
	}
}

// refusal is why a line does not load a dump, empty when it does.
func refusal(line memory.Server, in *parser.Info) string {
	d, version := parser.DialectRedis, line.RDBVersion()
	if line.IsValkey() && version >= 80 {
		d = parser.DialectValkey
	}
	valkey := in.Dialect == parser.DialectValkey
	if !line.Loads(in.Version, valkey) {
		return fmt.Sprintf("%s does not load %s: it takes RDB versions up to %s", line, in.Magic, line.Newest())
	}
	for t := range parser.Types() {
		if in.Types[t.Type] == 0 {
			continue
		}
		if t.Type == parser.TypeModulePreGA || t.Since > version || !t.KnownIn(d, version) {
			return fmt.Sprintf("%s does not know type %d (%s), of which the dump has %d", line, t.Code(), t.Name, in.Types[t.Type])
		}
	}
	return ""
}

// Damaged reports whether something is wrong with the dump whoever loads it.
func (s *Source) Damaged() bool { return s.Error != "" && !s.onlyRefused && !s.UnknownType }
