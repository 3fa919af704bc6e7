package parser

import "errors"

// What a reading makes of damage goes by where it is, whoever looks:
//
//	the frame   magic, opcodes, types, lengths, counts, names, the head of a packed
//	            blob: where the next record begins depends on it. Damage of it ends
//	            every reading, whatever was asked.
//	the inside  the entries of a packed blob, the stream of a compressed string: the
//	            frame says how long they are, so what follows can be read whatever
//	            they hold. Damage of it ends no reading.
//
// So a reading that looks inside more values than another meets no other keys, and
// none of them another size. contain is the one place where the inside is let go.
// (What a server makes of it is another matter: see WarnDamaged and package check.)

// contain passes over the string that c was opened on when what was wrong with it
// is its inside, and notes that with the open key; false when the reading is to end.
// quiet says that the inside was looked at for contents that Hooks.Key wanted and for
// nothing else: whether they are wanted may depend on other keys, and a warning in
// Info must not, so it is left to the caller, see Unreported.
func (sc *scanner) contain(c *cursor, quiet bool) bool {
	if !c.broken || !sc.open || sc.salvage.judging {
		return false
	}
	e := sc.err
	sc.err, c.broken = nil, false
	sc.k.Flags |= Damaged
	if quiet {
		sc.k.Flags |= Unreported
	} else {
		at, text := c.at, e.Error()
		if pe, ok := errors.AsType[*Error](e); ok {
			if at, text = pe.Offset, pe.Err.Error(); pe.Op != "" {
				text = pe.Op + ": " + text
			}
		}
		sc.warn(WarnDamaged, at, text)
	}
	c.drop()
	return sc.err == nil
}

// readContents goes on behind the head of a string object of the open key, as
// textBody does; of a string whose inside is damaged nothing is kept.
func (sc *scanner) readContents(limit int, s *str) (kept, ok bool) {
	b := sc.batch
	from := len(b.arena)
	// As strBody has it: what it would decompress is decompressed whoever reads.
	quiet := !sc.walk && s.n > maxIntText
	if b.arena, ok = sc.textBody(b.arena, limit, s); ok {
		return true, true
	}
	b.arena = b.arena[:from]
	if !s.lzf || !sc.contain(&sc.blob, quiet) {
		return false, false
	}
	s.i, s.class = 0, NotInt
	return false, true
}
