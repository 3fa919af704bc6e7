package parser

import (
	"math"
	"strconv"
	"unicode/utf8"
)

// JSON text (RFC 8259) as serde_json reads it: an integer of 64 bits stays one, anything
// else that is a number is a double; names and strings have the length of their decoded
// UTF-8.

// jsonNumber is how long the text of a number may be.
const jsonNumber = 1 << 10

// readJSON reads a document of JSON text.
func (d *documents) readJSON(c *cursor) bool {
	t := &d.tree
	comma := false // between two members
	for {
		if !jsonSpace(c) {
			return false
		}
		x := c.b[c.p]
		if t.depth > 0 {
			at := t.depth - 1
			if end := byte(']'); x == '}' && t.object[at] || x == end && !t.object[at] {
				if t.value[at] || comma {
					return c.corrupt("JSON ends an array or object too early")
				}
				c.p++
				t.depth--
				if !d.node(KindClose, 0, 0) {
					return false
				}
				if t.depth == 0 {
					return jsonEnd(c)
				}
				if comma = false; !d.jsonNext(c, &comma) {
					return false
				}
				continue
			}
			if t.object[at] && !t.value[at] {
				if !d.jsonName(c, x) {
					return false
				}
				t.value[at], comma = true, false
				continue
			}
			t.value[at] = false
		}
		comma = false
		opened, ok := d.jsonValue(c, x)
		switch {
		case !ok:
			return false
		case opened:
			continue
		case t.depth == 0:
			return jsonEnd(c)
		}
		if !d.jsonNext(c, &comma) {
			return false
		}
	}
}

// jsonNext reads what follows a member: a comma, or the end, which is left.
func (d *documents) jsonNext(c *cursor, comma *bool) bool {
	if !jsonSpace(c) {
		return false
	}
	switch x := c.b[c.p]; {
	case x == ',':
		c.p++
		*comma = true
		return true
	case x == ']' || x == '}':
		return true
	}
	return c.corrupt("JSON has no comma between two members")
}

// jsonName reads the name of a member and the colon behind it.
func (d *documents) jsonName(c *cursor, x byte) bool {
	if x != '"' {
		return c.corrupt("JSON has a name that is no string")
	}
	n, ok := jsonString(c)
	if !ok || !d.node(KindName, n, 0) || !jsonSpace(c) {
		return false
	}
	if c.b[c.p] != ':' {
		return c.corrupt("JSON has a name without a value")
	}
	c.p++
	return true
}

// jsonValue reads a value that begins with x; opened says that it is an array or object,
// whose members follow.
func (d *documents) jsonValue(c *cursor, x byte) (opened, ok bool) {
	switch {
	case x == '{' || x == '[':
		kind := KindArray
		if x == '{' {
			kind = KindObject
		}
		if !d.tree.open(x == '{', -1) {
			return false, c.corrupt("JSON is nested too deeply")
		}
		c.p++
		return true, d.node(kind, 0, -1)
	case x == '"':
		n, ok := jsonString(c)
		return false, ok && d.node(KindString, n, 0)
	case x == 't':
		return false, jsonWord(c, "true") && d.node(KindAtom, 0, 0)
	case x == 'f':
		return false, jsonWord(c, "false") && d.node(KindAtom, 0, 0)
	case x == 'n':
		return false, jsonWord(c, "null") && d.node(KindAtom, 0, 0)
	case x == '-' || x >= '0' && x <= '9':
		return false, d.jsonNumber(c)
	}
	return false, c.corrupt("JSON has a value that begins with " + hexByte(x))
}

// jsonNumber reads a number.
func (d *documents) jsonNumber(c *cursor) bool {
	n := 0
	integer := true
	for ; c.left() > int64(n); n++ {
		if n == jsonNumber {
			return c.corrupt("JSON has a number that is too long")
		}
		if !c.need(n + 1) {
			return false
		}
		x := c.b[c.p+n]
		if x == '.' || x == 'e' || x == 'E' || x == '+' {
			integer = false
		} else if x != '-' && (x < '0' || x > '9') {
			break
		}
	}
	text := string(c.b[c.p : c.p+n])
	if integer {
		// "-0" is a double there.
		if v, err := strconv.ParseInt(text, 10, 64); err == nil && text != "-0" {
			c.p += n
			return d.node(KindInteger, 0, v)
		}
		if v, err := strconv.ParseUint(text, 10, 64); err == nil {
			c.p += n
			if !d.node(KindInteger, 0, int64(v)) {
				return false
			}
			es := d.sc.batch.elements
			es[len(es)-1].Flags |= FlagUnsigned
			return true
		}
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return c.corrupt("JSON has a number that is none")
	}
	c.p += n
	return d.node(KindFloat, 0, int64(math.Float64bits(v)))
}

// jsonString passes over a string, whose quote stands next, and returns its length.
func jsonString(c *cursor) (int64, bool) {
	c.p++
	var n int64
	for {
		if c.p == len(c.b) && !c.need(1) {
			return 0, false
		}
		from := c.p
		for c.p < len(c.b) && c.b[c.p] != '"' && c.b[c.p] != '\\' {
			c.p++
		}
		n += int64(c.p - from)
		if c.p == len(c.b) {
			continue
		}
		if c.b[c.p] == '"' {
			c.p++
			return n, true
		}
		m, ok := jsonEscape(c)
		if !ok {
			return 0, false
		}
		n += m
	}
}

// jsonEscape passes over an escape and returns how many bytes it stands for.
func jsonEscape(c *cursor) (int64, bool) {
	if !c.need(2) {
		return 0, false
	}
	if c.b[c.p+1] != 'u' {
		c.p += 2
		return 1, true
	}
	r, ok := jsonHex(c)
	if !ok {
		return 0, false
	}
	if r >= 0xd800 && r < 0xdc00 { // half of a pair, the other half follows
		if c.left() < 6 || !c.need(2) || c.b[c.p] != '\\' || c.b[c.p+1] != 'u' {
			return 0, c.corrupt("JSON has half of a surrogate pair")
		}
		if _, ok := jsonHex(c); !ok {
			return 0, false
		}
		return 4, true
	}
	return int64(max(utf8.RuneLen(r), 1)), true
}

// jsonHex passes over \uXXXX and returns its code.
func jsonHex(c *cursor) (rune, bool) {
	if !c.need(6) {
		return 0, false
	}
	v, err := strconv.ParseUint(string(c.b[c.p+2:c.p+6]), 16, 32)
	if err != nil {
		return 0, c.corrupt("JSON has an escape that is none")
	}
	c.p += 6
	return rune(v), true
}

// jsonWord passes over a word.
func jsonWord(c *cursor, word string) bool {
	if !c.need(len(word)) {
		return false
	}
	if string(c.b[c.p:c.p+len(word)]) != word {
		return c.corrupt("JSON has a word that is none of its own")
	}
	c.p += len(word)
	return true
}

// jsonSpace passes over white space; something must follow.
func jsonSpace(c *cursor) bool {
	for {
		if c.p == len(c.b) && !c.need(1) {
			return false
		}
		switch c.b[c.p] {
		case ' ', '\t', '\n', '\r':
			c.p++
		default:
			return true
		}
	}
}

// jsonEnd passes over white space behind a document, up to the end.
func jsonEnd(c *cursor) bool {
	for c.more() {
		if !c.need(1) {
			return false
		}
		switch c.b[c.p] {
		case ' ', '\t', '\n', '\r':
			c.p++
		default:
			return c.corrupt("JSON goes on behind its end")
		}
	}
	return true
}
