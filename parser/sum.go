package parser

import "io"

// Sum returns the CRC-64 that the footer of a dump holds (redis crc64.c,
// Jones, start value 0) of everything src yields, and how many bytes that was.
func Sum(src io.Reader) (crc uint64, n int64, err error) {
	var d crcDivider
	var h crcHistory
	buf := make([]byte, bufferData)
	for {
		m, err := fill(src, buf)
		n += int64(m)
		if err == nil {
			d.update((*[bufferData]byte)(buf))
			continue
		}
		d.save(&h)
		crc = crcTableUpdate(h.sum(), buf[:m])
		if err == io.EOF {
			err = nil
		}
		return crc, n, err
	}
}
