package collect

import (
	"testing"

	"github.com/rdblens/rdblens/parser"
)

// TestTypeFacts says of every type that the parser knows what is asked of it here:
// one that is new there must be said something of, too.
func TestTypeFacts(t *testing.T) {
	fieldTTLs := typeFacts{name: "hash", fieldTTLs: true}
	want := map[parser.Type]typeFacts{
		parser.TypeString: {name: "string"}, parser.TypeList: {name: "list"}, parser.TypeSet: {name: "set", integers: true},
		parser.TypeZset: {name: "zset"}, parser.TypeHash: {name: "hash"}, parser.TypeZset2: {name: "zset"},
		parser.TypeModulePreGA: {name: "module"}, parser.TypeModule2: {name: "module"},
		parser.TypeHashZipmap: {name: "hash"}, parser.TypeListZiplist: {name: "list"}, parser.TypeSetIntset: {name: "set", integers: true},
		parser.TypeZsetZiplist: {name: "zset", sampled: true}, parser.TypeHashZiplist: {name: "hash", sampled: true},
		parser.TypeListQuicklist: {name: "list", nodes: true}, parser.TypeStreamListpacks: {name: "stream", groups: true},
		parser.TypeHashListpack: {name: "hash", sampled: true}, parser.TypeZsetListpack: {name: "zset", sampled: true},
		parser.TypeListQuicklist2: {name: "list", nodes: true}, parser.TypeStreamListpacks2: {name: "stream", groups: true},
		parser.TypeSetListpack: {name: "set", integers: true, unread: true}, parser.TypeStreamListpacks3: {name: "stream", groups: true},
		parser.TypeHashMetadataPreGA: fieldTTLs, parser.TypeHashListpackPreGA: fieldTTLs, parser.TypeHashMetadata: fieldTTLs, parser.TypeHashListpackEx: fieldTTLs,
		parser.TypeStreamListpacks4: {name: "stream", groups: true}, parser.TypeStreamListpacks5: {name: "stream", groups: true}, parser.TypeArray: {name: "array"},
		parser.TypeHashTmplLP: {name: "hash"}, parser.TypeHashTmplLPRef: {name: "hash"}, parser.TypeHashTmplArray: {name: "hash"}, parser.TypeHashTmplArrayRef: {name: "hash"},
		parser.TypeKeyDBCron: {name: "other"}, parser.TypeRORBitmap: {name: "other"}, parser.TypeValkeyHash2: fieldTTLs, parser.TypeValkeyPathHash: {name: "hash"},
		parser.TypeDragonflyJSON: {name: "module"}, parser.TypeDragonflyHash: fieldTTLs, parser.TypeDragonflySet: {name: "set"},
		parser.TypeDragonflySBF: {name: "module"}, parser.TypeDragonflySBF2: {name: "module"}, parser.TypeDragonflyCMS: {name: "module"},
		parser.TypeDragonflyTopK: {name: "module"}, parser.TypeDragonflyCuckoo: {name: "module"},
	}
	for info := range parser.Types() {
		facts, ok := want[info.Type]
		if !ok {
			t.Errorf("%s is new: say here what collect asks of it", info.Name)
			continue
		}
		facts.blob = info.Shape == parser.ShapePacked
		facts.owned = facts.name == "module" || facts.name == "stream" || facts.name == "array" || facts.name == "other"
		if got := factsOf[info.Type]; got != facts {
			t.Errorf("%s: %+v, want %+v", info.Name, got, facts)
		}
	}
}
