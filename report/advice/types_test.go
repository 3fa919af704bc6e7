package advice

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
	"github.com/rdblens/rdblens/report/advice/internal/command"
)

// TestEveryTypeIsAdvised reads a value of every type that the parser knows and asks
// for advice on it, as a key of two mebibytes: big keys of a data type that is new
// there must be told how to read and split, or be among those of which nobody
// knows.
func TestEveryTypeIsAdvised(t *testing.T) {
	without := []parser.DataType{parser.DataTypeArray, parser.DataTypeModule, parser.DataTypeOther}
	for info := range parser.Types() {
		if info.Unreadable {
			continue
		}
		dump, ok := rdbtest.Specimen(info.Dialect.String(), info.Code())
		if !ok {
			t.Errorf("%s: no specimen", info.Name)
			continue
		}
		cfg := &aggregate.Config{Server: "auto", Allocator: memory.Jemalloc, Settings: memory.DefaultConfig(), Top: 10}
		s, err := aggregate.Analyze(t.Context(), aggregate.Input{Name: "x", Reader: bytes.NewReader(dump), Size: int64(len(dump))}, cfg)
		if err != nil {
			t.Errorf("%s: %v", info.Name, err)
			continue
		}
		r := s.Report()
		p := &r.Facts.Patterns[0]
		p.Over1MiB, p.Over1MiBMemory = 1, 2*mib
		r.Biggest[0].Memory = 2 * mib
		action := one(t, r, "R01").Action
		hint := slices.ContainsFunc(action, func(line string) bool {
			return strings.HasPrefix(line, command.Note("%s: read it in pieces by ", p.Type))
		})
		if hint == slices.Contains(without, info.DataType) {
			t.Errorf("%s: how to read a %s in pieces is told: %v", info.Name, p.Type, hint)
		}
	}
}
