package collect

import (
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/parser"
)

// typeFacts are what is asked of the RDB type of each key.
type typeFacts struct {
	name      string // what TYPE prints, but for modules
	fieldTTLs bool   // a hash whose fields may expire by themselves
	nodes     bool   // a list that is kept as nodes
	integers  bool   // a set that may hold nothing but integers
	unread    bool   // whether it does is known only when its blob is walked
	groups    bool   // a stream, with groups of consumers
	sampled   bool   // a hash or sorted set in a blob, whose count its header has
	blob      bool   // one packed blob: see analysis.byHead
	owned     bool   // of a module, a stream, or not known: the record has more than others
}

// plain are the types whose records have neither Module nor Stream.
var plain = [parser.NumDataTypes]bool{
	parser.DataTypeString: true, parser.DataTypeList: true, parser.DataTypeSet: true, parser.DataTypeZset: true, parser.DataTypeHash: true,
}

// factsOf is made from the parser's table of types, by RDB type: one look-up, and
// no switch, since types come in any order.
var factsOf = func() (facts [256]typeFacts) {
	for t := range facts {
		facts[t].name = parser.Type(t).DataType().String()
		facts[t].owned = true
	}
	for t := range parser.Types() {
		f := &facts[t.Type]
		hash, set := t.DataType == parser.DataTypeHash, t.DataType == parser.DataTypeSet
		f.fieldTTLs = hash && t.FieldTTLs
		f.nodes = t.Shape == parser.ShapeNodes
		f.blob = t.Shape == parser.ShapePacked
		f.groups = t.DataType == parser.DataTypeStream
		f.owned = !plain[t.DataType]
		f.integers = set && !t.FieldTTLs // of members with a TTL no server makes an intset
		f.unread = f.integers && t.Format == parser.FormatListpack
		f.sampled = (hash || t.DataType == parser.DataTypeZset) && t.Shape == parser.ShapePacked && !t.FieldTTLs && t.Format != parser.FormatZipmap
	}
	return facts
}()

// WantedBytes are the bytes of contents that are looked at, by RDB type; a table of
// its own, which lies in few cache lines, since each key asks.
var WantedBytes = func() (bytes [256]uint16) {
	for t := range bytes {
		switch parser.Type(t).DataType() {
		case parser.DataTypeString, parser.DataTypeModule: // of modules, documents
			bytes[t] = state.ProbeString
		case parser.DataTypeHash:
			bytes[t] = state.ProbeHash
		case parser.DataTypeZset:
			bytes[t] = state.ProbeZset
		case parser.DataTypeSet:
			if !factsOf[t].blob { // whether those hold integers only must not be known of the sampled ones alone
				bytes[t] = state.ProbeZset
			}
		case parser.DataTypeList:
			bytes[t] = state.ProbeList
		case parser.DataTypeStream, parser.DataTypeArray, parser.DataTypeOther:
			// Lengths and counts are enough of these.
		}
	}
	return bytes
}()
