package collect

import (
	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/filter"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/parser"
)

// keyTagger works out what a key's name alone decides: its hash, pattern, slot and
// whether samples want it. The parser asks for it where the name was just read,
// on its own goroutine, and hands the answers on with the key: whoever counts
// touches the name only when something is kept of it. A tagger is for one
// goroutine.
type keyTagger struct {
	_      keyname.CacheLinePad
	globs  []keyname.Glob // of the groups
	split  *keyname.Splitter
	hasher keyname.Hasher
	wanted *thresholds // nil: no advice is wanted
	last   uint32      // the stratum of the name before
	// digests are of values that were seen, for fingerprint.
	digests digestCache
	_       keyname.CacheLinePad
}

// NewKeyTagger returns a tagger of a source with a seed, for one goroutine; wanted is
// nil when no advice is wanted.
func NewKeyTagger(cfg *data.Config, seed keyname.Seed, wanted *thresholds) *keyTagger {
	n := &keyTagger{split: keyname.NewSplitter(cfg.Separators, cfg.Depth), hasher: keyname.NewHasher(seed), wanted: wanted}
	for _, g := range cfg.Groups {
		n.globs = append(n.globs, keyname.Glob(g.Glob))
	}
	return n
}

// Tag is parser.Hooks.Key: it leaves the facts of the name with the key,
// and returns how much of the value is wanted.
func (n *keyTagger) Tag(k *parser.Key) int {
	rest := uint64(0)
	whole := !k.Is(parser.NameTruncated)
	if !whole {
		rest = k.NameHash
	}
	k.Tag[0] = n.hasher.Key(k.DB, k.Name, k.NameLen, rest)
	slot, tag := keyname.SlotAndTag(k.Name, whole)
	x := uint64(slot + 1)
	if len(tag) > 0 {
		x |= counters.MarkTagged
	}
	group, edges := n.cutKey(k.Name, whole, k.Named)
	k.Tag[1] = n.path(group)
	if n.wanted == nil {
		k.Tag[2] = x
		return 0
	}
	if group < 0 && k.Type == parser.TypeString {
		if at := keyname.FieldEdge(edges); at > 0 && n.wantsField(k, edges, at) {
			x |= counters.MarkField
		}
	}
	n.last = n.Stratum(k.Type.DataType(), group)
	k.Tag[2] = x | uint64(n.last)<<counters.StratumAt
	return n.wanted.want(k, n.last)
}

// fingerprint is parser.Hooks.Fingerprint: it leaves the hashes of a value that may be in the
// sample, or whose key may be. It runs behind Tag, for the same key.
func (n *keyTagger) fingerprint(k *parser.Key, stored []byte) (order, first, second uint64) {
	order = n.hasher.Value(k.Len, stored)
	if !n.wanted.wantsValue(k, n.last, order) {
		return 0, 0, 0
	}
	print := n.digests.of(order, stored)
	return order, print[0], print[1]
}

// Cut splits a name, or finds its group: -1 for none.
func (n *keyTagger) Cut(name []byte) (group int, edges []keyname.Edge) {
	for i, g := range n.globs {
		if g.Match(name) {
			return i, nil
		}
	}
	return -1, n.split.Split(name)
}

// cutKey is Cut for a name of which only the beginning may be there: the group of the
// whole name was found when it was read, see filter.LongNames.
func (n *keyTagger) cutKey(name []byte, whole bool, named uint32) (group int, edges []keyname.Edge) {
	if whole {
		return n.Cut(name)
	}
	if group = filter.GroupOf(named); group >= 0 {
		return group, nil
	}
	return -1, n.split.Split(name)
}

// Stratum returns the stratum of the name that was cut last: its type and first two
// words. The keys of a group are a stratum.
func (n *keyTagger) Stratum(l parser.DataType, group int) uint32 {
	if group >= 0 {
		return keyname.GroupStratum(l, group)
	}
	return keyname.StratumOf(l, n.split.Words)
}

// path returns the hash of the pattern, or group, of the name that was cut last.
func (n *keyTagger) path(group int) uint64 {
	if group < 0 {
		return n.split.Path.Sum
	}
	return keyname.Mix64(n.split.Path.Seed+uint64(group), keyname.HashMul1)
}
