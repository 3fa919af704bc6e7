// Package rowsink hands the rows of keys to every output that wants them: files,
// datasets of several files, standard output.
package rowsink

import (
	"errors"
	"fmt"
	"io"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/cmd/internal/destination"
	"github.com/rdblens/rdblens/cmd/internal/output"
	"github.com/rdblens/rdblens/report"
)

// rowOutput is one destination of rows.
type rowOutput struct {
	name   string // of messages
	sink   rowWriter
	stdout *output.Stdout    // nil for a file
	dir    *output.Directory // of a dataset, nil for a file
}

// rowWriter is report.RowWriter; Close ends the whole chain.
type rowWriter interface {
	aggregate.RowSink
	io.Closer
}

// FanOut hands each row to every row output. An output whose reader has gone
// is dropped; the first failure is kept.
//
// Once started it passes rows through a pipe, and everything else happens on the
// pipe's goroutine.
type FanOut struct {
	sinks []*rowOutput
	// Alone: the rows are the only output, so without a reader the run can stop.
	Alone   bool
	Redact  *report.Redactor // nil: rows show names
	Columns report.Columns   // of CSV and JSON Lines
	Largest int              // only so many rows, the largest; 0 for all
	pipe    *report.RowPipe  // nil without outputs
}

// Start opens the pipe; Stop or Finish ends it.
func (f *FanOut) Start() {
	if len(f.sinks) > 0 {
		f.pipe = report.NewRowPipe(f)
	}
}

// Stop drops what was not written yet; after Finish it does nothing.
func (f *FanOut) Stop() {
	if f.pipe != nil {
		f.pipe.Stop()
	}
}

// Finish writes what is left and ends every output.
func (f *FanOut) Finish() error {
	if f.pipe == nil {
		return nil
	}
	return f.pipe.Close()
}

// Pipe takes the rows of an analysis; it is nil without outputs.
func (f *FanOut) Pipe() *report.RowPipe {
	if f == nil {
		return nil
	}
	return f.pipe
}

// Failure is the error that stopped the writing of rows, nil for none so far.
func (f *FanOut) Failure() error {
	if f == nil || f.pipe == nil {
		return nil
	}
	return f.pipe.Err()
}

// Directories are the datasets that were written.
func (f *FanOut) Directories() (out []*output.Directory) {
	for _, s := range f.sinks {
		if s.dir != nil {
			out = append(out, s.dir)
		}
	}
	return out
}

// WriteRow is called by the pipe.
func (f *FanOut) WriteRow(r *aggregate.Row) error {
	if f.Redact != nil {
		r = f.Redact.Row(r)
	}
	live := 0
	for _, s := range f.sinks {
		if s.stdout != nil && s.stdout.Gone() {
			continue
		}
		live++
		if err := s.sink.WriteRow(r); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	if live == 0 && f.Alone {
		return errReaderGone
	}
	return nil
}

// Close is called by the pipe.
func (f *FanOut) Close() error {
	for _, s := range f.sinks {
		if err := s.sink.Close(); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if s.stdout != nil {
			if err := s.stdout.Flush(); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
		}
	}
	return nil
}

// errReaderGone stops an analysis whose only output is a pipe nobody reads.
var errReaderGone = errors.New("nobody reads the output")

// ReaderGone reports whether err says that nobody wants the result any more.
func ReaderGone(err error) bool { return errors.Is(err, errReaderGone) }

// To opens the writers of a row target and adds them to f.
func (f *FanOut) To(o *output.Set, t destination.Target, text report.TextOptions, perFile int64) error {
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

// ToStdout adds standard output to f.
func (f *FanOut) ToStdout(w *output.Stdout, fm report.Format, text report.TextOptions) error {
	rw, err := f.newRowWriter(w, fm, "", text)
	if err != nil {
		return err
	}
	f.sinks = append(f.sinks, &rowOutput{name: "standard output", sink: rw, stdout: w})
	return nil
}

// newRowWriter returns a writer of rows in a format, compressed if compression is
// not empty.
func (f *FanOut) newRowWriter(w io.Writer, fm report.Format, compression string, text report.TextOptions) (rowWriter, error) {
	z, err := destination.Compressor(w, compression)
	if err != nil {
		return nil, err
	}
	if z != nil {
		w = z
	}
	rw, err := report.NewRows(w, fm, &report.Options{Text: text, Columns: f.Columns})
	if err != nil {
		return nil, err
	}
	if z != nil {
		rw = &compressedRows{rw, z}
	}
	return f.chosen(rw), nil
}

// chosen hands on the rows that are wanted of all.
func (f *FanOut) chosen(w rowWriter) rowWriter {
	if f.Largest > 0 {
		return report.NewLargestRows(w, f.Largest)
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
