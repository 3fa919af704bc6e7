package naming

import (
	"slices"

	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
)

// constantKeys is how many keys must have a text for it to be shown in place of a
// class. With fewer it would tell of single keys, which a pattern does not.
const constantKeys = 10

// constants shows the text of classes that have only one. Only what stands in
// front of the first fork counts: all keys of a name begin with it, so it is part
// of the name (:1:, md5:, a cache's own prefix). Behind a fork a class may have
// one text by chance: of the queues of a cluster one is of a tenant, tenant-17.
func (v *View) constants() {
	for _, c := range v.trie.Children(state.RootNode) {
		for c != 0 {
			n := &v.trie.Nodes[c]
			if n.Cls != keyname.ClassLiteral {
				text := slices.Clone(n.Text())
				if n.Cls == keyname.ClassGroup || len(text) == 0 || v.keysBelow(c) < constantKeys {
					break
				}
				c = v.trie.Rename(c, keyname.ClassLiteral, text)
			}
			kids := v.trie.Children(c)
			if len(kids) != 1 {
				break
			}
			c = kids[0]
		}
	}
}
