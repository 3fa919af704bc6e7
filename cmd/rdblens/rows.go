package main

import (
	"fmt"
	"io"
	"path/filepath"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report"
)

// rowsTo opens the writers of a row target and adds them to f.
func (f *fanOut) rowsTo(o *outputs, t target, text report.TextOptions, perFile int64) error {
	if t.dir {
		if err := o.mkdir(t.path); err != nil {
			return err
		}
		d := &dataset{outputs: o, dir: t.path, perFile: perFile}
		if err := d.roll(); err != nil {
			return err
		}
		f.sinks = append(f.sinks, &rowOutput{name: t.path, sink: d})
		return nil
	}
	file, err := o.create(t.path)
	if err != nil {
		return err
	}
	w, err := newRowWriter(file, t.format, t.pack, text)
	if err != nil {
		return fmt.Errorf("%s: %w", t.path, err)
	}
	f.sinks = append(f.sinks, &rowOutput{name: t.path, sink: w})
	return nil
}

// rowsToStdout adds standard output to f.
func (f *fanOut) rowsToStdout(w *stdoutWriter, fm format, text report.TextOptions) error {
	rw, err := newRowWriter(w, fm, "", text)
	if err != nil {
		return err
	}
	f.sinks = append(f.sinks, &rowOutput{name: "standard output", sink: rw, stdout: w})
	return nil
}

// newRowWriter writes rows to w in a format, compressed if pack says so.
func newRowWriter(w io.Writer, fm format, pack string, text report.TextOptions) (rowWriter, error) {
	p, err := packer(w, pack)
	if err != nil {
		return nil, err
	}
	if p != nil {
		w = p
	}
	var rw report.RowWriter
	switch fm {
	case formatCSV:
		rw = report.NewCSV(w)
	case formatJSONL:
		rw = report.NewJSONL(w)
	case formatText:
		rw = report.NewKeysText(w, text)
	case formatParquet:
		if rw, err = report.NewParquetRows(w); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("no writer of rows for format %q", fm)
	}
	if p == nil {
		return rw, nil
	}
	return &packedRows{rw, p}, nil
}

// packedRows ends the compression after the rows.
type packedRows struct {
	report.RowWriter
	pack io.Closer
}

func (p *packedRows) Close() error {
	if err := p.RowWriter.Close(); err != nil {
		return err
	}
	return p.pack.Close()
}

// dataset is a directory of Parquet files of a number of rows each.
type dataset struct {
	outputs *outputs
	dir     string
	perFile int64
	rows    int64 // in the current file
	parts   int
	w       report.RowWriter
	file    *outputFile
}

// roll ends the current file and opens the next.
func (d *dataset) roll() error {
	if err := d.end(); err != nil {
		return err
	}
	var err error
	if d.file, err = d.outputs.create(filepath.Join(d.dir, partName(d.parts))); err != nil {
		return err
	}
	d.parts++
	d.rows = 0
	d.w, err = report.NewParquetRows(d.file)
	return err
}

func (d *dataset) end() error {
	if d.w == nil {
		return nil
	}
	if err := d.w.Close(); err != nil {
		return err
	}
	d.w = nil
	return d.file.Close()
}

func (d *dataset) WriteRow(r *aggregate.Row) error {
	if d.rows == d.perFile {
		if err := d.roll(); err != nil {
			return err
		}
	}
	d.rows++
	return d.w.WriteRow(r)
}

func (d *dataset) Close() error {
	d.outputs.datasets = append(d.outputs.datasets, d)
	return d.end()
}
