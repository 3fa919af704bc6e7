package parser

import (
	"io"

	"github.com/rdblens/rdblens/parser/internal/crc64"
)

// Sum returns the CRC-64 that the footer of a dump holds (redis crc64.c,
// Jones, start value 0) of everything src yields, and how many bytes that was.
func Sum(src io.Reader) (crc uint64, n int64, err error) {
	var divider crc64.Divider
	var whole crc64.State
	buf := make([]byte, bufferData)
	for {
		m, err := fill(src, buf)
		n += int64(m)
		if err == nil {
			divider.Update((*[bufferData]byte)(buf))
			continue
		}
		divider.Save(&whole)
		crc = crc64.Update(whole.Sum(), buf[:m])
		if err == io.EOF {
			err = nil
		}
		return crc, n, err
	}
}
