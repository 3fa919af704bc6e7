package aggregate

import (
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// tallies counts the keys of one source by what they are without their pattern:
// database, type, encoding, slot and expiry.
type tallies struct {
	loaded bool
	types  typeTable // the first parser.NumLogical are the logical types
	totals totals
	dbs    map[int32]*dbState
	lastDB int32
	db     *dbState
	time   *timeline
	slots  slotCounter
	tagged *[numSlots]taggedSlot // once a key has a hash tag
}

func newTallies(c clock, loaded bool) *tallies {
	t := &tallies{loaded: loaded, types: typeTable{ids: make(map[string]uint8)}, dbs: make(map[int32]*dbState), time: newTimeline(c), slots: newSlotCounter()}
	for l := range parser.NumLogical {
		t.types.id(parser.Logical(l).String())
	}
	return t
}

// fact is what is known of a key besides the parser's record and its size.
type fact struct {
	hash  uint64 // of database and whole key
	slot  int32  // -1 when unknown
	typ   uint8  // number of the type's name in the tallies' types
	flags factFlags
}

type factFlags uint8

const (
	factSkipped factFlags = 1 << iota // not wanted, or not ended
	factExpired
)

// dbState is what one database holds while a source is read.
type dbState struct {
	keys, expires int64
	dropped       int64                                          // expired keys that were not counted
	cells         [parser.NumLogical * memory.NumEncodings]*cell // by cellID
	modules       map[int]*cell                                  // by cellID, of module types
}

// cellID numbers types and encodings together.
func cellID(typ uint8, e memory.Encoding) int { return int(typ)*memory.NumEncodings + int(e) }

// addSlots finds the slots of keys and counts the keys that are not skipped. A
// loop of its own: the checksums of several keys are then under way at once.
func (t *tallies) addSlots(keys []parser.Key, sizes []memory.Size, facts []fact) {
	for i := range keys {
		k, f := &keys[i], &facts[i]
		if f.flags&factSkipped != 0 {
			continue
		}
		slot, tag := slotAndTag(k.Name, !k.Is(parser.NameTruncated))
		f.slot = slot
		t.addSlot(slot, tag, f.hash, sizes[i].Bytes)
	}
}

func (t *tallies) addSlot(slot int32, tag []byte, hash uint64, bytes int64) {
	if slot < 0 {
		return
	}
	t.slots.add(slot, bytes)
	if len(tag) > 0 {
		t.addTagged(slot, tag, hash, bytes)
	}
}

// drops counts a key that a server would not load and reports whether it is one.
func (t *tallies) drops(k *parser.Key, bytes int64, f *fact) bool {
	if !t.loaded || f.flags&factExpired == 0 {
		return false
	}
	t.totals.Dropped.add(bytes)
	t.database(k.DB).dropped++
	return true
}

// add counts a key of a source.
func (t *tallies) add(k *parser.Key, z *memory.Size, f *fact, source string) {
	t.totals.RDB += k.Size
	if f.flags&factExpired != 0 {
		t.totals.Expired.add(z.Bytes)
	}
	if k.Is(parser.HasFreq) {
		t.totals.Freq[k.Freq]++
	}
	d := t.database(k.DB)
	x := t.cell(d, k.DB, f.typ, z.Encoding)
	d.keys++
	x.Keys++
	x.Elements += k.Count
	x.Memory += z.Bytes
	x.Sizes.add(z.Bytes)
	if !k.Is(parser.HasExpiry) {
		x.NoTTLKeys++
		x.NoTTLMemory += z.Bytes
		t.time.buckets[bucketNever].add(z.Bytes)
		return
	}
	d.expires++
	t.time.add(k, z.Bytes, f.hash, source)
}

// cell returns the cell of keys, making it when it is new.
func (t *tallies) cell(d *dbState, db int32, typ uint8, e memory.Encoding) *cell {
	if int(typ) >= parser.NumLogical && db >= moduleDatabases {
		typ = uint8(parser.LogicalModule)
		t.types.capped = true
	}
	id := cellID(typ, e)
	if id < len(d.cells) {
		if d.cells[id] == nil {
			d.cells[id] = new(cell)
		}
		return d.cells[id]
	}
	x := d.modules[id]
	if x == nil {
		x = new(cell)
		if d.modules == nil {
			d.modules = make(map[int]*cell)
		}
		d.modules[id] = x
	}
	return x
}

// database returns the state of a database, most often that of the key before.
func (t *tallies) database(db int32) *dbState {
	if t.db == nil || t.lastDB != db {
		t.db, t.lastDB = t.dbs[db], db
		if t.db == nil {
			t.db = new(dbState)
			t.dbs[db] = t.db
		}
	}
	return t.db
}
