package keyname

// MaxPath is how many bytes AppendPath appends at most.
const MaxPath = MaxEdges * (3 + MaxLiteral)

// AppendPath appends what of a key leads through a trie: of each edge its separator,
// its class, and the text of a literal with its length in front. That is bounded,
// however long the key is.
func AppendPath(dst, key []byte, edges []Edge) []byte {
	for i := range edges {
		e := &edges[i]
		dst = append(dst, e.Sep, byte(e.Cls))
		if e.Cls == ClassLiteral {
			dst = append(append(dst, byte(e.N)), key[e.Off:e.Off+e.N]...)
		}
	}
	return dst
}

// ReadPath returns edges that AppendPath wrote, appended to edges, and a key that
// has their literals, which is path itself. It fails for bytes that AppendPath does
// not write.
func ReadPath(edges []Edge, path []byte) (list []Edge, ok bool) {
	for at := 0; at < len(path); {
		if len(edges) >= MaxEdges || len(path)-at < 2 || path[at] > SepNul || int(path[at+1]) >= NumClasses {
			return edges, false
		}
		e := Edge{Sep: path[at], Cls: Class(path[at+1])}
		if at += 2; e.Cls == ClassLiteral {
			if at == len(path) || int(path[at]) > len(path)-at-1 {
				return edges, false
			}
			e.Off, e.N = uint32(at+1), uint32(path[at])
			if at += 1 + int(e.N); !IsWord(path[e.Off:at]) {
				return edges, false
			}
		}
		edges = append(edges, e)
	}
	return edges, true
}
