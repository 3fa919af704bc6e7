package destination

import (
	"io"
	"slices"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/rdblens/rdblens/cmd/internal/usage"
	"github.com/rdblens/rdblens/report"
)

// Plan is where the outputs of a run go.
type Plan struct {
	Stdout  report.Format // "" when standard output stays empty
	Targets []Target
}

// Plan puts -f and -o together. Standard output gets the result when -f or
// "-o -" asks for it, or when there is no -o.
func (f *Formats) Plan(formatName string, asked bool, paths []string) (Plan, error) {
	var p Plan
	fm, err := f.parse(formatName)
	if err != nil {
		return p, err
	}
	if asked || len(paths) == 0 {
		p.Stdout = fm
	}
	dashes := 0
	for _, path := range paths {
		t, err := f.Target("-o", path)
		if err != nil {
			return p, err
		}
		if t.Path == "-" {
			p.Stdout = fm
			if dashes++; dashes > 1 {
				return p, usage.Errorf("-o - is given twice")
			}
			continue
		}
		p.Targets = append(p.Targets, t)
	}
	return p, nil
}

// CheckTerminal refuses a binary format on a terminal.
func (p *Plan) CheckTerminal(s Screen) error {
	if p.Stdout == "" || !p.Stdout.Binary() || !s.Terminal {
		return nil
	}
	return usage.Errorf("%s is binary and standard output is a terminal", p.Stdout.Noun()).Hint("-o FILE%s writes a file", p.Stdout.Suffix())
}

// HasText reports whether any output is text.
func (p *Plan) HasText() bool { return p.Has(report.Text) }

// Has reports whether any output is in a format.
func (p *Plan) Has(f report.Format) bool {
	return p.Stdout == f || slices.ContainsFunc(p.Targets, func(t Target) bool { return t.Format == f })
}

// Compressor compresses what is written through it to w, which it does not close, as
// Target.Compression says; nil when that is "".
func Compressor(w io.Writer, compression string) (io.WriteCloser, error) {
	switch compression {
	case "gz":
		return gzip.NewWriter(w), nil
	case "zst":
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	}
	return nil, nil
}
