package main

import (
	"fmt"
	"io"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/cmd/internal/destination"
	"github.com/rdblens/rdblens/cmd/internal/output"
	"github.com/rdblens/rdblens/report"
)

// rowsTo opens the writers of a row target and adds them to f.
func (f *fanOut) rowsTo(o *output.Set, t destination.Target, text report.TextOptions, perFile int64) error {
	if t.Dir {
		dir, err := o.Directory(t.Path)
		if err != nil {
			return err
		}
		if err := dir.Dataset(); err != nil {
			return err
		}
		d := &dataset{dir: dir, perFile: perFile}
		if err := d.roll(); err != nil {
			return err
		}
		f.sinks = append(f.sinks, &rowOutput{name: t.Path, sink: f.chosen(d), dir: dir})
		return nil
	}
	file, err := o.Create(t.Path)
	if err != nil {
		return err
	}
	w, err := f.newRowWriter(file, t.Format, t.Compression, text)
	if err != nil {
		return fmt.Errorf("%s: %w", t.Path, err)
	}
	f.sinks = append(f.sinks, &rowOutput{name: t.Path, sink: w})
	return nil
}

// rowsToStdout adds standard output to f.
func (f *fanOut) rowsToStdout(w *output.Stdout, fm report.Format, text report.TextOptions) error {
	rw, err := f.newRowWriter(w, fm, "", text)
	if err != nil {
		return err
	}
	f.sinks = append(f.sinks, &rowOutput{name: "standard output", sink: rw, stdout: w})
	return nil
}

// newRowWriter returns a writer of rows in a format, compressed if compression is
// not empty.
func (f *fanOut) newRowWriter(w io.Writer, fm report.Format, compression string, text report.TextOptions) (rowWriter, error) {
	z, err := destination.Compressor(w, compression)
	if err != nil {
		return nil, err
	}
	if z != nil {
		w = z
	}
	rw, err := report.NewRows(w, fm, &report.Options{Text: text, Columns: f.columns})
	if err != nil {
		return nil, err
	}
	if z != nil {
		rw = &compressedRows{rw, z}
	}
	return f.chosen(rw), nil
}

// chosen hands on the rows that are wanted of all.
func (f *fanOut) chosen(w rowWriter) rowWriter {
	if f.largest > 0 {
		return report.NewLargestRows(w, f.largest)
	}
	return w
}

// compressedRows ends the compression after the rows.
type compressedRows struct {
	report.RowWriter
	compressor io.Closer
}

func (c *compressedRows) Close() error {
	if err := c.RowWriter.Close(); err != nil {
		return err
	}
	return c.compressor.Close()
}

// dataset is a directory of Parquet files of a number of rows each.
type dataset struct {
	dir     *output.Directory
	perFile int64
	rows    int64 // in the current file
	parts   int
	w       report.RowWriter
	file    *output.File
}

// roll ends the current file and opens the next.
func (d *dataset) roll() error {
	if err := d.end(); err != nil {
		return err
	}
	var err error
	if d.file, err = d.dir.Create(output.PartName(d.parts)); err != nil {
		return err
	}
	d.parts++
	d.rows = 0
	d.w, err = report.NewRows(d.file, report.Parquet, nil)
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

func (d *dataset) Close() error { return d.end() }
