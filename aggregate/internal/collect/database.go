package collect

import (
	"slices"

	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// dbState is what one database holds while a source is read.
type dbState struct {
	tableSize
	cells   [parser.NumDataTypes * memory.NumEncodings]*state.Cell // by cellID
	modules map[int]*state.Cell                                    // by cellID, of module types
}

// tableSize is how many entries the tables of a database have.
type tableSize struct {
	keys, expires int64
	dropped       int64 // expired keys that were not counted
}

// databases are those of a source. A dump may choose another with each key, so only
// the state.MaxDatabases with the smallest numbers are told apart: one that is among
// these of the whole source is so of every beginning of it.
type databases struct {
	kept    map[int32]*dbState
	numbers sketch.Heap[int32] // of kept, the largest last
	last    int32
	current *dbState // number last

	// Those that are not kept have their cells together and their tables one by one, as
	// they end: others has the table of the one that is under way.
	others *dbState
	under  int32
	tables *tableSums // nil: nobody asks
}

func newDatabases() databases { return databases{kept: make(map[int32]*dbState)} }

// at returns the state of a database, most often that of the key before.
func (d *databases) at(db int32) *dbState {
	if d.current == nil || d.last != db {
		d.current, d.last = d.kept[db], db
		if d.current == nil {
			d.current = d.add(db)
		}
	}
	return d.current
}

// add returns the state of a database that is not kept.
func (d *databases) add(db int32) *dbState {
	x := new(dbState)
	if len(d.kept) < state.MaxDatabases {
		d.numbers.Push(uint64(db), db)
	} else {
		if d.others == nil {
			d.others = new(dbState)
		}
		_, largest := d.numbers.Last()
		if db > largest {
			if db != d.under {
				d.endOther()
				d.under = db
			}
			return d.others
		}
		d.numbers.ReplaceLast(uint64(db), db)
		d.addToOthers(d.kept[largest])
		delete(d.kept, largest)
	}
	d.kept[db] = x
	return x
}

// addToOthers gives up a database.
func (d *databases) addToOthers(x *dbState) {
	d.tables.add(x.tableSize)
	for id, c := range x.cells {
		if c == nil {
			continue
		}
		if d.others.cells[id] == nil {
			d.others.cells[id] = new(state.Cell)
		}
		d.others.cells[id].Merge(c)
	}
	// It has no types of modules: there are MaxDatabases smaller numbers, and these
	// types are told apart in the first ModuleDatabases alone.
}

// endOther adds the table of the database under way that is not kept.
func (d *databases) endOther() {
	if d.others != nil {
		d.tables.add(d.others.tableSize)
		d.others.tableSize = tableSize{}
	}
}

// end adds the tables of all databases.
func (d *databases) end() {
	d.endOther()
	for _, x := range d.kept {
		d.tables.add(x.tableSize)
	}
}

// states returns the cells of all databases; names are those of types.
func (d *databases) states(names []string) []state.CellState {
	var out []state.CellState
	add := func(db int32, x *dbState) {
		cell := func(id int, c *state.Cell) {
			k := state.CellKey{DB: db, Type: names[id/memory.NumEncodings], Encoding: memory.Encoding(id % memory.NumEncodings)}
			out = append(out, state.CellState{CellKey: k, Cell: *c})
		}
		for id, c := range x.cells {
			if c != nil {
				cell(id, c)
			}
		}
		for id, c := range x.modules {
			cell(id, c)
		}
	}
	for db, x := range d.kept {
		add(db, x)
	}
	if d.others != nil {
		add(state.OtherDB, d.others)
	}
	return state.MergeCells(out)
}

// tableSums are the tables of a source's databases, sized for its profile and for
// those of the scenarios.
type tableSums struct {
	profile   memory.Profile
	trials    *counters.Trials // nil for none
	keyspace  int64
	expires   int64
	allExpire int64
	scenarios []int64 // keyspace by scenario
	others    []otherTables
	largest   []state.TableState
}

// otherTables are the tables under another allocator than the profile's.
type otherTables struct {
	profile  *memory.Profile
	keyspace int64
}

func newTableSums(p memory.Profile, t *counters.Trials, others *allocators) *tableSums {
	s := &tableSums{profile: p, trials: t}
	if t != nil {
		s.scenarios = make([]int64, t.Scenarios)
	}
	if others != nil {
		for i := range others.others {
			s.others = append(s.others, otherTables{profile: &others.others[i].profile})
		}
	}
	return s
}

// add sizes the tables of a database. Those of a server that dropped expired keys while
// loading were made for all the dump has.
func (s *tableSums) add(d tableSize) {
	if s == nil || d == (tableSize{}) {
		return
	}
	size := func(p *memory.Profile) int64 {
		return p.LoadedKeyspaceBytes(d.keys, d.expires, d.keys+d.dropped, d.expires+d.dropped)
	}
	s.keyspace += size(&s.profile)
	s.expires += s.profile.ExpiresBytes(d.expires)
	s.allExpire += s.profile.ExpiresBytes(d.keys)
	for i := range s.scenarios {
		s.scenarios[i] += size(&s.trials.Profiles[i])
	}
	for i := range s.others {
		s.others[i].keyspace += size(s.others[i].profile)
	}
	s.largest = append(s.largest, state.TableState{Keys: d.keys, Expires: d.expires})
	if len(s.largest) >= 2*state.MaxTables {
		s.cut()
	}
}

// cut keeps the largest tables, in order.
func (s *tableSums) cut() {
	slices.SortFunc(s.largest, func(a, b state.TableState) int { return -a.Compare(b) })
	s.largest = s.largest[:min(len(s.largest), state.MaxTables)]
}

// setTables completes a source with the tables of its databases, under its profile and
// under each scenario.
func (s *tableSums) setTables(to *state.SourceState) {
	s.cut()
	to.Tables, to.Keyspace, to.Expires, to.AllExpire = s.largest, s.keyspace, s.expires, s.allExpire
	to.Baseline = s.profile.BaselineBytes()
	for i, n := range s.scenarios {
		p := &s.trials.Profiles[i]
		to.Trials = append(to.Trials, counters.TrialTables{Server: p.Server.String(), Baseline: p.BaselineBytes(), Keyspace: n})
	}
}
