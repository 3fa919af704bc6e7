package parser

// A document (module RedisJSON, type ReJSON-RL) is one string of a module payload: JSON
// text in encoding versions up to 3, CBOR in version 4 (rdb_load in
// redis_json/src/redisjson.rs of RedisJSON 2.0 to 8.8). It is read node by node, through
// the cursor's window, so that its size costs no memory: what is remembered is which
// arrays and objects are open.

// moduleJSON is RedisJSON's type; jsonCBOR the first encoding version that is CBOR, and
// jsonText the first that is one string of JSON text.
const (
	moduleJSON = "ReJSON-RL"
	jsonText   = 2
	jsonCBOR   = 4
)

// maxNesting bounds the arrays and objects of a document that are open at once. RedisJSON
// loads 128 at most (serde_json's recursion limit; MAX_DEPTH in ijson's cbor.rs).
const maxNesting = 128

// documents reads the documents of a payload.
type documents struct {
	sc   *scanner
	cbor bool
	done bool // the first string was read: what follows is none
	tree nesting
}

// hasDocuments reports whether a value of module m is a document that can be read.
func (m *Module) hasDocuments() bool {
	return m.Name == moduleJSON && m.Version >= jsonText && m.Version <= jsonCBOR
}

// read reads the string whose head is s, node by node; the contents stand next.
func (d *documents) read(s *str) bool {
	c := &d.sc.blob
	if !c.open(d.sc, s) {
		return false
	}
	d.sc.keepText(c, d.cbor)
	d.tree.depth = 0
	ok := false
	if d.cbor {
		ok = d.readCBOR(c)
	} else {
		ok = d.readJSON(c)
	}
	if ok && c.close() {
		return true
	}
	return d.sc.contain(c, false)
}

// keepText keeps the beginning of a document that somebody wants to see.
func (sc *scanner) keepText(c *cursor, cbor bool) {
	if sc.want == 0 || cbor {
		return
	}
	if n := int(min(int64(sc.want), c.left(), MaxName)); n > 0 && c.need(n) {
		b := sc.batch
		from := len(b.arena)
		b.arena = append(b.arena, c.b[c.p:c.p+n]...)
		sc.k.Value = b.arena[from:len(b.arena):len(b.arena)]
		sc.k.Flags |= HasValue
	}
}

// node makes the record of a node.
func (d *documents) node(kind Kind, length, aux int64) bool {
	e := d.sc.element()
	if e == nil {
		return false
	}
	e.Kind, e.Len, e.Aux = kind, length, aux
	return true
}

// nesting says which arrays and objects are open, and what each waits for.
type nesting struct {
	depth  int
	object [maxNesting]bool  // else an array
	value  [maxNesting]bool  // of an object: the value of a name is next
	left   [maxNesting]int64 // CBOR: items until it is complete, -1 where a break ends it
}

// open enters an array or object; false when too many are open.
func (t *nesting) open(object bool, left int64) bool {
	if t.depth == maxNesting {
		return false
	}
	t.object[t.depth], t.value[t.depth], t.left[t.depth] = object, false, left
	t.depth++
	return true
}
