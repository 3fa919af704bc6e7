package rdbtest

import (
	"encoding/binary"
	"slices"
)

// ID is the ID of a stream entry.
type ID struct{ Ms, Seq uint64 }

func (id ID) append(dst []byte) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(dst, id.Ms), id.Seq)
}

// Entry is an entry of a stream.
type Entry struct {
	ID      ID
	Fields  []string // names and values in turn
	Deleted bool
}

// StreamNode is a macro node: its master ID, 16 bytes, and its listpack.
type StreamNode struct {
	Key      Str
	Listpack Str
}

// NewStreamNode packs entries, at least one, into a macro node. The first one
// gives the master ID and the master fields; entries with the same field names
// store values only.
func NewStreamNode(entries ...Entry) StreamNode {
	master := entries[0].ID
	return StreamNode{Key: StreamKey(master), Listpack: StreamListpack(master, entries...).Str()}
}

// StreamKey returns a master ID as a stream stores it.
func StreamKey(master ID) Str { return Plain(master.append(nil)) }

// StreamListpack returns the listpack of a macro node (t_stream.c of Redis): a
// master entry of live entries, deleted entries, number of fields, field names
// and 0; then for each entry its flags (1 deleted, 2 master's fields), ms and
// seq relative to the master, fields, and how many listpack entries it took.
func StreamListpack(master ID, entries ...Entry) *Listpack {
	names := func(e Entry) (out []string) {
		for i := 0; i < len(e.Fields); i += 2 {
			out = append(out, e.Fields[i])
		}
		return out
	}
	var deleted int64
	for _, e := range entries {
		if e.Deleted {
			deleted++
		}
	}
	fields := names(entries[0])
	l := new(Listpack)
	l.Int(int64(len(entries)) - deleted).Int(deleted).Int(int64(len(fields))).Add(fields...).Int(0)
	for _, e := range entries {
		var flags int64
		if e.Deleted {
			flags |= 1
		}
		own := names(e)
		same := slices.Equal(own, fields)
		if same {
			flags |= 2
		}
		l.Int(flags).Int(int64(e.ID.Ms - master.Ms)).Int(int64(e.ID.Seq - master.Seq))
		if same {
			for i := 1; i < len(e.Fields); i += 2 {
				l.Add(e.Fields[i])
			}
			l.Int(int64(len(own)) + 3)
		} else {
			l.Int(int64(len(own))).Add(e.Fields...).Int(2*int64(len(own)) + 4)
		}
	}
	return l
}

// Stream is a stream with its consumer groups.
type Stream struct {
	Nodes        []StreamNode
	Length       uint64
	Last         ID
	First        ID     // types 19 and later
	MaxDeleted   ID     // types 19 and later
	EntriesAdded uint64 // types 19 and later
	Groups       []Group
	// Idempotent producers, types 26 and later.
	DurationSeconds, MaxEntries uint64
	Producers                   []Producer
	Added, Duplicates           uint64
}

// Group is a consumer group.
type Group struct {
	Name        Str
	Last        ID
	EntriesRead uint64 // types 19 and later; 1<<64-1: unknown
	Pending     []Pending
	Consumers   []Consumer
	Nacks       []ID // type 27
}

// Pending is an entry delivered and not acknowledged.
type Pending struct {
	ID         ID
	DeliveryMs int64
	Count      uint64
}

// Consumer is a consumer of a group with the IDs pending for it.
type Consumer struct {
	Name     Str
	SeenMs   int64
	ActiveMs int64 // types 21 and later; -1: never
	Pending  []ID
}

// Producer is an idempotent producer with the entries remembered of it.
type Producer struct {
	ID      Str
	Entries []ProducerEntry
}

// ProducerEntry is an idempotent ID and the stream entry it made.
type ProducerEntry struct {
	IID Str
	ID  ID
}

// Value returns the stream in one of the versions 1 to 5: types 15, 19, 21, 26
// and 27. What the version does not have is left out.
func (s Stream) Value(version int) Value {
	types := [...]byte{15, 19, 21, 26, 27}
	v := min(max(version, 1), len(types))
	return build(types[v-1], func(w *Writer) {
		w.Len(uint64(len(s.Nodes)))
		for _, n := range s.Nodes {
			w.Str(n.Key, n.Listpack)
		}
		w.Len(s.Length).lenID(s.Last)
		if v >= 2 {
			w.lenID(s.First).lenID(s.MaxDeleted).Len(s.EntriesAdded)
		}
		w.Len(uint64(len(s.Groups)))
		for _, g := range s.Groups {
			g.write(w, v)
		}
		if v < 4 {
			return
		}
		w.Len(s.DurationSeconds).Len(s.MaxEntries).Len(uint64(len(s.Producers)))
		for _, p := range s.Producers {
			w.Str(p.ID).Len(uint64(len(p.Entries)))
			for _, e := range p.Entries {
				w.Str(e.IID).lenID(e.ID)
			}
		}
		w.Len(s.Added).Len(s.Duplicates)
	})
}

func (g Group) write(w *Writer, version int) {
	w.Str(g.Name).lenID(g.Last)
	if version >= 2 {
		w.Len(g.EntriesRead)
	}
	w.Len(uint64(len(g.Pending)))
	for _, p := range g.Pending {
		w.rawID(p.ID).Int64(p.DeliveryMs).Len(p.Count)
	}
	w.Len(uint64(len(g.Consumers)))
	for _, c := range g.Consumers {
		w.Str(c.Name).Int64(c.SeenMs)
		if version >= 3 {
			w.Int64(c.ActiveMs)
		}
		w.Len(uint64(len(c.Pending)))
		for _, id := range c.Pending {
			w.rawID(id)
		}
	}
	if version >= 5 {
		w.Len(uint64(len(g.Nacks)))
		for _, id := range g.Nacks {
			w.rawID(id)
		}
	}
}

func (w *Writer) lenID(id ID) *Writer { return w.Len(id.Ms).Len(id.Seq) }

func (w *Writer) rawID(id ID) *Writer {
	w.buf = id.append(w.buf)
	return w
}
