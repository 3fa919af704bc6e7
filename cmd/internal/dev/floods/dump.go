package main

import (
	"bufio"
	"encoding/binary"
	"hash/crc64"
	"io"
	"math/rand/v2"
	"strconv"

	"github.com/rdblens/rdblens/parser/rdbtest"
)

// clock is the ctime of dumps that have one, seconds since the epoch.
const clock = 1_763_700_000

const (
	minute = int64(60_000) // ms
	hour   = 60 * minute
	day    = 24 * hour
)

// dump writes a dump as it goes: none of it is held. Errors are kept for end.
type dump struct {
	w      *bufio.Writer
	sum    *crcWriter
	rng    *rand.Rand
	record []byte
}

// crcWriter computes the checksum of what passes through it (redis crc64.c: the
// polynomial of Jones, reflected, without the complements of hash/crc64).
type crcWriter struct {
	w   io.Writer
	crc uint64
}

var jones = crc64.MakeTable(0x95ac9329ac4bc9b5)

func (c *crcWriter) Write(p []byte) (int, error) {
	c.crc = ^crc64.Update(^c.crc, jones, p)
	return c.w.Write(p)
}

// newDump begins a dump that was written at ctime, seconds since the epoch; 0: it
// does not say when.
func newDump(w io.Writer, ctime int64) *dump {
	d := &dump{sum: &crcWriter{w: w}, rng: rand.New(rand.NewPCG(1, 2))}
	d.w = bufio.NewWriterSize(d.sum, 1<<18)
	head := rdbtest.Redis(11).Aux("redis-ver", "7.2.6")
	if ctime > 0 {
		head.Aux("ctime", strconv.FormatInt(ctime, 10))
	}
	_, _ = d.w.Write(head.Aux("used-mem", "1000000").Bytes()) // bufio keeps the first error for Flush
	return d
}

func (d *dump) db(n int) {
	_, _ = d.w.Write(rdbtest.AppendLen([]byte{rdbtest.OpSelectDB}, uint64(n)))
}

// expire gives the next key an expiry, ms since the epoch.
func (d *dump) expire(ms int64) {
	d.record = binary.LittleEndian.AppendUint64(append(d.record, rdbtest.OpExpireMs), uint64(ms))
}

// idle gives the next key an idle time in seconds.
func (d *dump) idle(seconds uint64) {
	d.record = rdbtest.AppendLen(append(d.record, rdbtest.OpIdle), seconds)
}

// key writes a key of an RDB type, whose value is one string in the dump.
func (d *dump) key(typ byte, name, value []byte) {
	r := append(d.record, typ)
	r = append(rdbtest.AppendLen(r, uint64(len(name))), name...)
	r = append(rdbtest.AppendLen(r, uint64(len(value))), value...)
	_, _ = d.w.Write(r)
	d.record = r[:0]
}

// str writes a string.
func (d *dump) str(name, value string) { d.key(0, []byte(name), []byte(value)) }

// end writes the footer.
func (d *dump) end() error {
	_ = d.w.WriteByte(rdbtest.OpEOF)
	if err := d.w.Flush(); err != nil {
		return err
	}
	_, err := d.sum.w.Write(binary.LittleEndian.AppendUint64(nil, d.sum.crc))
	return err
}

// word returns n random letters.
func (d *dump) word(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('a' + d.rng.IntN(26))
	}
	return string(b)
}

// from returns n random bytes of an alphabet.
func (d *dump) from(alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[d.rng.IntN(len(alphabet))]
	}
	return string(b)
}
