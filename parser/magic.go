package parser

import (
	"bytes"
	"errors"
	"strconv"
)

var errNoMagic = &detail{ErrNotRDB, "no REDIS or VALKEY magic"}

// The beginning of a dump is nine bytes:
//
//	+-----------------+---------------------------+
//	| "REDIS"         | version, 4 decimal digits |
//	| "VALKEY"        | version, 3 decimal digits |
//	+-----------------+---------------------------+
//
// A transfer to a replica that was recorded has lines in front of it:
//
//	+FULLRESYNC <replication id> <offset>     the answer to PSYNC
//	\n \n ...                                 while the dump is made, to keep the link
//	$<length>                                 the dump comes from disk, or
//	$EOF:<40 digits>                          as it is made; the digits come again behind it

// magic passes over what may precede a dump and reads its nine bytes.
func (sc *scanner) magic() bool {
	if !sc.advance() {
		return false
	}
	if !sc.prefix() {
		sc.cutMagic(len(sc.b))
		sc.in.start <- -1
		return false
	}
	if from := sc.p; !sc.need(9) {
		sc.cutMagic(from)
		sc.in.start <- -1
		return false
	}
	m := sc.b[sc.p : sc.p+9]
	name, dialect, damaged := magicOf(m)
	if name == "" {
		sc.in.start <- -1
		return sc.fail("magic", notRDB(m))
	}
	sc.info.Start, sc.info.Dialect = sc.pos(), dialect
	if damaged >= 0 {
		sc.info.Magic = Escape(m)
		sc.in.start <- -1
		return sc.failAt(sc.pos()+int64(damaged), "magic", &detail{ErrCorrupt, "it is damaged: " + quote(m)})
	}
	for _, c := range m[len(name):] {
		sc.info.Version = sc.info.Version*10 + int(c-'0')
	}
	sc.info.Magic = string(m)
	if sc.opts.NoChecksum {
		sc.in.start <- -1
	} else {
		// magic lies within the first buffer: prefix never leaves it
		sc.in.start <- sc.p
	}
	sc.walk = sc.walk || sc.info.Version < 5
	v := sc.info.Version
	switch {
	case sc.info.Dialect == DialectValkey && v < 80, sc.info.Dialect == DialectRedis && (v == 0 || v >= 80):
		sc.warn(WarnMagicVersion, sc.pos(), "no server writes "+sc.info.Magic)
	case sc.info.Dialect == DialectRedis && v > newestRedis, sc.info.Dialect == DialectValkey && v > newestValkey:
		sc.warn(WarnNewerVersion, sc.pos(), sc.info.Magic+" is newer than this reader knows")
	}
	sc.p += 9
	return true
}

// Newest RDB versions this reader was written for.
const (
	newestRedis  = 15
	newestValkey = 81
)

// magics are the names that begin a dump; digits fill the nine bytes up.
var magics = [...]string{DialectRedis: "REDIS", DialectValkey: "VALKEY"}

// magicOf tells which magic m is, or begins, with at most one of its bytes damaged:
// the magic's name ("" for no magic) and the index of the damaged byte (-1 for
// none). A dump whose magic was hit is still told to be a dump, since nothing else
// comes so close to one. When m is no longer than a name, every byte must be right.
func magicOf(m []byte) (name string, d Dialect, damaged int) {
	for d, name := range magics {
		wrong, damaged := 0, -1
		for i, c := range m {
			if i < len(name) && c != name[i] || i >= len(name) && (c < '0' || c > '9') {
				wrong, damaged = wrong+1, i
			}
		}
		if wrong == 0 || wrong == 1 && len(m) > len(name) {
			return name, Dialect(d), damaged
		}
	}
	return "", DialectRedis, -1
}

// cutMagic judges a source that ended before its magic did, which began at
// index from: the beginning of a dump, or none.
func (sc *scanner) cutMagic(from int) {
	var e *Error
	if !errors.As(sc.err, &e) || !errors.Is(e.Err, ErrTruncated) {
		return
	}
	m := sc.b[from:]
	switch {
	case sc.base+int64(len(sc.b)) == 0:
		e.Err = &detail{ErrNotRDB, "empty"}
	case len(m) == 0:
		e.Err = &detail{ErrNotRDB, "it ends before a magic"}
	default: // the first bytes of one, or of something else
		name, _, _ := magicOf(m)
		if name == "" {
			e.Err = notRDB(m)
			return
		}
		sc.info.Magic, sc.info.Start = Escape(m), e.Offset-int64(len(m))
	}
}

// notRDB explains what a source without a magic may be.
func notRDB(b []byte) error {
	switch {
	case bytes.HasPrefix(b, []byte("*")), bytes.HasPrefix(b, []byte("#TS:")):
		return &detail{ErrNotRDB, "an append-only file without an RDB preamble"}
	case bytes.HasPrefix(b, []byte("PK\x03\x04")):
		return &detail{ErrNotRDB, "a zip archive: unpack it first"}
	case bytes.HasPrefix(b, []byte("-")):
		return &detail{ErrNotRDB, "a server's error reply " + quote(clip(b, 60))}
	}
	return &detail{ErrNotRDB, "it starts with " + quote(clip(b, 9))}
}

// transfer is what a replication transfer says of the dump it brings.
type transfer struct {
	announced int64  // bytes of the dump, when it comes from disk; 0: nothing was said
	eofMark   []byte // the mark that ends a diskless transfer
}

// prefix passes over what a replication transfer puts in front of a dump.
func (sc *scanner) prefix() bool {
	for announced := false; ; {
		// The first buffer is not left: its checksum waits for the start.
		if sc.p > bufferData/2 {
			return sc.fail("magic", errNoMagic)
		}
		if !sc.need(1) {
			return false
		}
		switch sc.b[sc.p] {
		case '\n':
			sc.p++
		case '+', '$':
			line, ok := sc.line(256)
			if !ok {
				return false
			}
			announced = announced || line[0] == '$'
			if mark, found := bytes.CutPrefix(line, []byte("$EOF:")); found && len(mark) == 40 {
				sc.transfer.eofMark = bytes.Clone(mark)
			} else if n, err := strconv.ParseInt(string(line[1:]), 10, 64); err == nil && line[0] == '$' {
				sc.transfer.announced = n
			}
		default:
			if sc.p > 0 {
				// Line feeds keep a replication link alive until the transfer is announced.
				if !announced {
					return sc.fail("magic", &detail{ErrNotRDB, utoa(uint64(sc.p)) + " bytes precede the magic and announce no replication transfer"})
				}
				sc.warn(WarnContainer, 0, "a replication capture: "+utoa(uint64(sc.p))+" bytes precede the dump")
			}
			return true
		}
	}
}

// line reads up to a line feed, which it passes over.
func (sc *scanner) line(limit int) ([]byte, bool) {
	for n := 1; n <= limit; n++ {
		if !sc.need(n) {
			return nil, false
		}
		if sc.b[sc.p+n-1] == '\n' {
			line := bytes.TrimRight(sc.b[sc.p:sc.p+n], "\r\n")
			sc.p += n
			return line, true
		}
	}
	return nil, sc.fail("magic", errNoMagic)
}
