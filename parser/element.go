package parser

import "math"

// Kind says what an Element record describes, and so which of its accessors
// mean something.
type Kind uint8

const (
	// KindItem is a list element, set member, zset member, hash field with its
	// value, or array slot.
	//
	//	list   Len, Int
	//	set    Len, Int, Integer when Int != NotInt
	//	zset   Len, Int; plain types: Score when FlagScore; packed types:
	//	       ValueLen, ValueInt of the entry that holds the score
	//	hash   Len, Int, ValueLen, ValueInt; FieldTTL when FlagTTL
	//	array  Index, SlotTag; Len = bytes of the string (tags 0 and 3)
	KindItem Kind = iota
	// KindNode is one quicklist node: Len = bytes of the packed blob (or of the
	// plain element), StoredLen, Entries, FlagPlain for a plain node. Its items
	// follow it when the key is walked.
	KindNode
	// KindStreamNode is one macro node: Len = bytes of its listpack, ID = its
	// master ID.
	KindStreamNode
	// KindGroup opens a consumer group: Len = bytes of its name, which the batch
	// holds.
	KindGroup
	// KindPending is an entry of the open group's PEL: ID, DeliveryTime.
	KindPending
	// KindConsumer opens a consumer of the open group: Len and bytes as KindGroup.
	KindConsumer
	// KindConsumerPending is an entry of the open consumer's PEL: ID.
	KindConsumerPending
	// KindNack is an entry of the open group's NACK zone: ID.
	KindNack
	// KindProducer opens an IDMP producer: Len and bytes as KindGroup.
	KindProducer
	// KindProducerEntry is an IDMP entry: Len = bytes of its iid, ID.
	KindProducerEntry
	// KindVector is an element of a vectorset module value: Len = bytes of the
	// item, ValueLen = bytes of its attributes (-1 when it has none), LinkSlots,
	// FlagLZF when the item is LZF-compressed, FlagValueLZF when the attributes
	// are.
	KindVector
	// KindGlimpse is an item of a list's node that was not walked (Hooks.Glimpse): Len,
	// Int, and the bytes. It is counted with its node, and not by itself.
	KindGlimpse

	// The payload of any other module's value, in its order.

	// KindNumber is a number: Number. A float of 4 bytes comes as KindDouble: Double.
	KindNumber
	KindDouble
	// KindText is a string: Len, StoredLen and FlagLZF when it is compressed. When it
	// is a document that is read (see Hooks.Walk) its nodes follow.
	KindText

	// The nodes of a document (JSON text, or CBOR), in its order.

	// KindArray and KindObject open one: Declared = members, -1 where the document
	// does not tell. KindClose ends the last that is open.
	KindArray
	KindObject
	KindClose
	// KindName is the name of an object's next member: Len.
	KindName
	// KindString is a string: Len, decoded.
	KindString
	// KindInteger is an integer of 64 bits: Number; FlagUnsigned when it is above the
	// largest with a sign. KindFloat is any other number: Double.
	KindInteger
	KindFloat
	// KindAtom is true, false or null.
	KindAtom
	// KindTyped is a typed array of CBOR (RFC 8746): Tag, Len = bytes of its numbers.
	KindTyped
)

// ElementFlags qualify an Element.
type ElementFlags uint8

const (
	// FlagPlain marks a plain quicklist node (container 1).
	FlagPlain ElementFlags = 1 << iota
	// FlagScore: the element has a Score.
	FlagScore
	// FlagTTL: the element has a FieldTTL.
	FlagTTL
	// FlagBytes: the element's own bytes are in the batch, see Batch.Bytes.
	FlagBytes
	// FlagValueBytes: the value's bytes are too, see Batch.ValueBytes.
	FlagValueBytes
	// FlagLZF: the element is stored LZF-compressed.
	FlagLZF
	// FlagValueLZF: the value is stored LZF-compressed.
	FlagValueLZF
)

// FlagUnsigned marks a KindInteger that has no sign: it shares a bit with what such an
// element never has.
const FlagUnsigned = FlagPlain

// Element is one fixed-size record of a collection: 32 bytes, whatever it
// describes. Kind says what that is. Lengths are uncompressed bytes; a stored
// integer counts as its decimal text.
//
// Value and Aux hold different things for each kind. They are there for those
// who make elements; whoever reads them asks the accessor that names what is
// meant. An accessor of another kind returns a number without meaning.
type Element struct {
	Len      int64  // bytes of the element; a PEL entry's delivery time
	Value    int64  // ValueLen, StoredLen, SlotTag, or the ms of an ID
	Aux      int64  // Score, FieldTTL, Integer, Index, Entries, LinkSlots, or the seq of an ID
	Off      uint32 // where the batch holds the element's bytes, and the value's behind them
	Kind     Kind
	Flags    ElementFlags
	Int      IntClass // of the element
	ValueInt IntClass // of the value
}

// Is reports whether all flags of f are set.
func (e *Element) Is(f ElementFlags) bool { return e.Flags&f == f }

// ValueLen returns the bytes of a hash field's value, of the entry that holds a
// packed zset member's score, or of a vector's attributes (-1: it has none).
func (e *Element) ValueLen() int64 { return e.Value }

// FieldTTL returns when a hash field with FlagTTL expires, in ms since the epoch.
func (e *Element) FieldTTL() int64 { return e.Aux }

// Score returns the score of a zset member with FlagScore.
func (e *Element) Score() float64 { return math.Float64frombits(uint64(e.Aux)) }

// Integer returns the integer that a set's member is, when Int != NotInt.
func (e *Element) Integer() int64 { return e.Aux }

// Index returns the index of an array's slot.
func (e *Element) Index() uint64 { return uint64(e.Aux) }

// SlotTag says how an array's slot is stored (Redis 8.8, rdb.c): 0 a string of its
// own, 1 an integer, 2 a double, 3 a short string.
func (e *Element) SlotTag() int64 { return e.Value }

// Entries returns the number of entries of a quicklist node, -1 when a node of
// over 65,534 entries was handed on before they were counted.
func (e *Element) Entries() int64 { return e.Aux }

// Number returns a number of a module's payload, signed ones in two's complement, or
// an integer of a document.
func (e *Element) Number() uint64 { return uint64(e.Aux) }

// Double returns a floating-point number of a module's payload or of a document.
func (e *Element) Double() float64 { return math.Float64frombits(uint64(e.Aux)) }

// Declared returns the members that an array or object of a document announces, -1
// when it does not.
func (e *Element) Declared() int64 { return e.Aux }

// Tag returns the CBOR tag of a typed array.
func (e *Element) Tag() uint64 { return uint64(e.Aux) }

// StoredLen returns the bytes that a compressed quicklist node, or string of a module,
// takes in the dump, 0 for one that is not compressed.
func (e *Element) StoredLen() int64 { return e.Value }

// ID returns the ID of a stream node, of an entry of a PEL or NACK zone, or of an
// IDMP entry: ms since the epoch, and a sequence number.
func (e *Element) ID() (ms, seq uint64) { return uint64(e.Value), uint64(e.Aux) }

// DeliveryTime returns when an entry of a group's PEL was last delivered, in ms
// since the epoch.
func (e *Element) DeliveryTime() int64 { return e.Len }

// LinkSlots returns how many links a vector's node has room for, as the dump says
// in the fourth parameter of the node.
func (e *Element) LinkSlots() int64 { return e.Aux }
