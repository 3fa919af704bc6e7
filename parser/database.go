package parser

import (
	"cmp"
	"slices"
)

// Databases are the SELECTDB opcode's: servers are started with 16 and may be with
// as many as an int has (config.c, "databases"), and a dump may choose another with
// every key. So the table of them is bounded:
//
//	Info.Databases   [0] ... [MaxDatabases-1]   the smallest numbers so far
//	                 [MaxDatabases]             one that is not among them, while it is current
//
// What others had is added up in databases.others, and takes the last place in the end.

const (
	// MaxDatabases is how many databases Info tells apart: those with the smallest
	// numbers, which do not depend on the order in which they come.
	MaxDatabases = 1 << 14
	// OtherDatabases stands in Info.Databases for all others together.
	OtherDatabases = -1
)

// databases is what a scanner knows of them beside Info.Databases.
type databases struct {
	index  map[int32]int // number → index in Info.Databases
	heap   []int32       // the numbers in index: [i] is not below [2i+1] and [2i+2]
	others Database      // the sums of those that are not in Info.Databases
	beyond bool          // there are others
	unsaid bool          // not all of others have a RESIZEDB
}

// selectDB makes a database current.
func (sc *scanner) selectDB(db int32) {
	d, in := &sc.dbs, &sc.info
	i, ok := d.index[db]
	if !ok {
		fresh := Database{DB: db, DeclaredKeys: -1, DeclaredExpires: -1}
		switch {
		case len(d.index) < MaxDatabases:
			i = len(in.Databases)
			in.Databases = append(in.Databases, fresh)
			d.push(db)
		case db > d.heap[0]:
			i = MaxDatabases
			if len(in.Databases) == MaxDatabases {
				in.Databases = append(in.Databases, fresh)
			} else if in.Databases[i].DB != db {
				sc.addToOthers(i)
				in.Databases[i] = fresh
			}
		default:
			i = d.index[d.heap[0]]
			sc.addToOthers(i)
			in.Databases[i] = fresh
			delete(d.index, d.heap[0])
			d.replace(db)
		}
		if i < MaxDatabases {
			d.index[db] = i
		}
	}
	sc.db = i
}

// addToOthers adds what a database had up to here to the others. What it declares is
// compared now: when it is chosen again, it counts as another one.
func (sc *scanner) addToOthers(i int) {
	d, o := &sc.info.Databases[i], &sc.dbs.others
	sc.compareDeclared(d)
	sc.dbs.beyond = true
	sc.dbs.unsaid = sc.dbs.unsaid || d.DeclaredKeys < 0
	o.DeclaredKeys = addSat(o.DeclaredKeys, max(0, d.DeclaredKeys))
	o.DeclaredExpires = addSat(o.DeclaredExpires, max(0, d.DeclaredExpires))
	o.Keys += d.Keys
	o.Expires += d.Expires
	o.Slots += d.Slots
	o.SlotKeysDeclared = addSat(o.SlotKeysDeclared, d.SlotKeysDeclared)
}

// compareDeclared warns when RESIZEDB differs from what was read.
func (sc *scanner) compareDeclared(d *Database) {
	if d.DeclaredKeys >= 0 && (d.DeclaredKeys != d.Keys || d.DeclaredExpires != d.Expires) && sc.err == nil {
		at := sc.info.End
		if at == 0 {
			at = sc.start
		}
		sc.warn(WarnResizeLie, at, "RESIZEDB differs from the keys read")
	}
}

// sumDatabases completes the table: its databases are compared with what they declare,
// and all that are not in it get one row.
func (sc *scanner) sumDatabases() {
	in, d := &sc.info, &sc.dbs
	if len(in.Databases) > MaxDatabases {
		sc.addToOthers(MaxDatabases)
		in.Databases = in.Databases[:MaxDatabases]
	}
	for i := range in.Databases {
		sc.compareDeclared(&in.Databases[i])
	}
	if !d.beyond {
		return
	}
	slices.SortFunc(in.Databases, func(a, b Database) int { return cmp.Compare(a.DB, b.DB) })
	d.others.DB = OtherDatabases
	if d.unsaid {
		d.others.DeclaredKeys, d.others.DeclaredExpires = -1, -1
	}
	in.Databases = append(in.Databases, d.others)
}

// push adds a number to the heap.
func (d *databases) push(db int32) {
	d.heap = append(d.heap, db)
	for i := len(d.heap) - 1; i > 0; {
		up := (i - 1) / 2
		if d.heap[up] >= d.heap[i] {
			return
		}
		d.heap[i], d.heap[up] = d.heap[up], d.heap[i]
		i = up
	}
}

// replace puts a number in the place of the largest one.
func (d *databases) replace(db int32) {
	d.heap[0] = db
	for i := 0; ; {
		down := 2*i + 1
		if down >= len(d.heap) {
			return
		}
		if down+1 < len(d.heap) && d.heap[down+1] > d.heap[down] {
			down++
		}
		if d.heap[down] <= d.heap[i] {
			return
		}
		d.heap[i], d.heap[down] = d.heap[down], d.heap[i]
		i = down
	}
}
