package aggregate

import "github.com/rdblens/rdblens/parser"

// naming works out what a key's name alone decides: its hash, pattern, slot and
// whether samples want it. The parser asks for it where the name was just read,
// on its own goroutine, and hands the answers on with the key: whoever counts
// touches the name only when something is kept of it. A naming is for one
// goroutine.
type naming struct {
	_      apart
	globs  []glob // of the groups
	split  *splitter
	wanted *thresholds // nil: no advice is wanted
	last   uint32      // the stratum of the name before
	_      apart
}

func newNaming(cfg *Config, wanted *thresholds) *naming {
	n := &naming{split: newSplitter(cfg.Separators, cfg.Depth), wanted: wanted}
	for _, g := range cfg.Groups {
		n.globs = append(n.globs, glob(g.Glob))
	}
	return n
}

// nameFacts are what a naming says beside the hash, parser.Tag in other words.
type nameFacts struct {
	path    uint64 // of the pattern, under the naming's seeds; of a group
	slot    int32  // -1 when unknown
	stratum uint32 // of samples
	tagged  bool   // it has a hash tag
	field   bool   // the string may belong to a sampled entity
}

// Bits of the third mark.
const (
	markSlot   = 1<<16 - 1 // slot + 1
	markTagged = 1 << 16
	markField  = 1 << 17
	stratumAt  = 32 // and upwards: the stratum
)

// set takes over what a naming left with a key.
func (f *nameFacts) set(m *parser.Tag) {
	x := m[2]
	f.path = m[1]
	f.slot = int32(x&markSlot) - 1
	f.stratum = uint32(x >> stratumAt)
	f.tagged = x&markTagged != 0
	f.field = x&markField != 0
}

// sample is parser.Hooks.Key: it leaves the facts of the name with the key,
// and returns how much of the value is wanted.
func (n *naming) sample(k *parser.Key) int {
	rest := uint64(0)
	whole := !k.Is(parser.NameTruncated)
	if !whole {
		rest = k.NameHash
	}
	k.Tag[0] = hashKey(k.DB, k.Name, k.NameLen, rest)
	slot, tag := slotAndTag(k.Name, whole)
	x := uint64(slot + 1)
	if len(tag) > 0 {
		x |= markTagged
	}
	group, edges := n.cut(k.Name)
	k.Tag[1] = n.path(group)
	if n.wanted == nil {
		k.Tag[2] = x
		return 0
	}
	if group < 0 && k.Type == parser.TypeString {
		if at := fieldEdge(edges); at > 0 && n.wanted.wantsField(k, edges, at) {
			x |= markField
		}
	}
	n.last = n.stratum(k.Type.DataType(), group)
	k.Tag[2] = x | uint64(n.last)<<stratumAt
	return n.wanted.want(k, n.last)
}

// look is parser.Hooks.Fingerprint: it leaves the hashes of a value that may be in the
// sample, or whose key may be. It runs behind sample, for the same key.
func (n *naming) look(k *parser.Key, stored []byte) (quick, print uint64) {
	return n.wanted.prints(k, n.last, stored)
}

// cut splits a name, or finds its group: -1 for none.
func (n *naming) cut(name []byte) (group int, edges []edge) {
	for i, g := range n.globs {
		if g.match(name) {
			return i, nil
		}
	}
	return -1, n.split.split(name)
}

// stratum returns the stratum of the name that was cut last: its type and first two
// words. The keys of a group are a stratum.
func (n *naming) stratum(l parser.DataType, group int) uint32 {
	if group >= 0 {
		return stratumOf(l, [2]uint64{uint64(group) + 1})
	}
	return stratumOf(l, n.split.words)
}

// path returns the hash of the pattern, or group, of the name that was cut last.
func (n *naming) path(group int) uint64 {
	if group < 0 {
		return n.split.path.sum
	}
	return fold(n.split.path.seed+uint64(group), hashMul1)
}
