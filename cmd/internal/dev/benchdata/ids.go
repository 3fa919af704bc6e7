package main

import (
	"bufio"
	"encoding/binary"
	"hash/crc64"
	"io"
	"math/rand/v2"
	"os"
	"strconv"

	"github.com/rdblens/rdblens/parser/rdbtest"
)

// idKeys is how many keys the ids population has.
const idKeys = 30_000_000

// writeIDs writes a dump whose keys have tens of millions of different
// prefixes: two of each key's three or four tokens are identifiers, drawn from
// populations of 20 million. No server is needed: the values are short strings.
func writeIDs(path string, n size) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	sum := &crcWriter{w: file}
	w := bufio.NewWriterSize(sum, 1<<18)
	keys := n(idKeys)
	head := rdbtest.Redis(10).Aux("redis-ver", "7.0.15").Aux("ctime", "1790000000").SelectDB(0).ResizeDB(uint64(keys), 0)
	_, _ = w.Write(head.Bytes()) // bufio keeps the first error for Flush
	ids := idSource{rng: rand.New(rand.NewPCG(41, 30)), population: n(20_000_000)}
	var record, key []byte
	for i := range keys {
		key = ids.appendKey(key[:0], i)
		record = append(record[:0], 0) // string
		record = append(rdbtest.AppendLen(record, uint64(len(key))), key...)
		record = append(record, 0xc2) // an integer of 32 bits
		record = binary.LittleEndian.AppendUint32(record, ids.rng.Uint32())
		_, _ = w.Write(record)
	}
	_ = w.WriteByte(rdbtest.OpEOF)
	err = w.Flush()
	if err == nil {
		_, err = file.Write(binary.LittleEndian.AppendUint64(nil, sum.crc))
	}
	if e := file.Close(); err == nil {
		err = e
	}
	return err
}

// idSource makes identifiers; the same number gives the same one.
type idSource struct {
	rng        *rand.Rand
	population int
}

// appendKey appends the i-th key: numbers, hexadecimal ids and words without a
// meaning, behind a word or in front of one.
func (s *idSource) appendKey(b []byte, i int) []byte {
	id, sub := s.rng.IntN(s.population), s.rng.IntN(s.population)
	switch i % 5 {
	case 0:
		b = strconv.AppendInt(append(b, "tenant:"...), int64(id), 10)
		return strconv.AppendInt(append(b, ":order:"...), int64(sub), 10)
	case 1:
		b = appendWord(append(b, "user:"...), id)
		return strconv.AppendInt(append(b, ":item:"...), int64(sub), 10)
	case 2:
		b = appendHex(append(b, "device:"...), id)
		return appendWord(append(b, ':'), sub)
	case 3:
		b = appendWord(b, id)
		return strconv.AppendInt(append(b, ":visits:"...), int64(sub), 10)
	default:
		b = strconv.AppendInt(b, int64(id), 10)
		return appendWord(append(b, ":state:"...), sub)
	}
}

// appendWord appends seven small letters.
func appendWord(b []byte, n int) []byte {
	x := uint64(n+1) * 0x9e3779b97f4a7c15
	for range 7 {
		b = append(b, 'a'+byte(x%26))
		x /= 26
	}
	return b
}

// appendHex appends sixteen hexadecimal digits.
func appendHex(b []byte, n int) []byte {
	x := uint64(n+1) * 0x9e3779b97f4a7c15
	for range 16 {
		b = append(b, "0123456789abcdef"[x>>60])
		x <<= 4
	}
	return b
}

// crcWriter sums what passes as a dump's footer wants it.
type crcWriter struct {
	w   io.Writer
	crc uint64
}

// jones is the polynomial of RDB files (crc64.c of Redis), reflected.
var jones = crc64.MakeTable(0x95ac9329ac4bc9b5)

func (c *crcWriter) Write(p []byte) (int, error) {
	c.crc = ^crc64.Update(^c.crc, jones, p)
	return c.w.Write(p)
}
