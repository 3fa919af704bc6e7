package source

import (
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/rdblens/rdblens/parser"
)

// maxBlobWindow is the largest history that one compressed run of records may
// ask for; Dragonfly compresses runs of some ten kilobytes.
const maxBlobWindow = 8 << 20

// NewInflate returns a parser.Options.Inflate. The decompressors are used
// again for each run, so a result serves one Reader only.
func NewInflate() func(c parser.Codec, src io.Reader) (io.Reader, error) {
	var z *zstd.Decoder
	var l *lz4.Reader
	return func(c parser.Codec, src io.Reader) (io.Reader, error) {
		switch c {
		case parser.CodecZstd:
			if z == nil {
				var err error
				// One goroutine's work: the decoder holds none between runs.
				if z, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxBlobWindow)); err != nil {
					return nil, err
				}
			}
			return z, z.Reset(src)
		case parser.CodecLZ4:
			if l == nil {
				l = lz4.NewReader(src)
			} else {
				l.Reset(src)
			}
			return l, nil
		}
		return nil, fmt.Errorf("unknown codec %q", c)
	}
}
