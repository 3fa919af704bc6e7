package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/rdblens/rdblens/cmd/internal/destination"
	"github.com/rdblens/rdblens/cmd/internal/output"
	"github.com/rdblens/rdblens/cmd/internal/source"
	"github.com/rdblens/rdblens/report"
)

// resultWriter writes one result to every output of a plan.
type resultWriter struct {
	a      *app
	plan   destination.Plan
	outs   *output.Set
	places []place
}

// openResult opens the files of a plan.
func (a *app) openResult(set *source.Set, p destination.Plan, read ...inputFile) (*resultWriter, error) {
	outs, err := a.outputs(set, read...)
	if err != nil {
		return nil, err
	}
	places, err := openPlaces(&p, outs)
	if err != nil {
		outs.Abort()
		return nil, err
	}
	return &resultWriter{a: a, plan: p, outs: outs, places: places}, nil
}

// write renders the result into every file, lets them appear, and then writes
// standard output.
func (w *resultWriter) write(render func(out io.Writer, fm report.Format) error) error {
	for i, t := range w.plan.Targets {
		if err := render(w.places[i].file, t.Format); err != nil {
			return fmt.Errorf("%s: %w", t.Path, err)
		}
	}
	if err := w.outs.Commit(); err != nil {
		return err
	}
	if w.plan.Stdout == "" {
		return nil
	}
	out := output.NewStdout(w.a.stdout)
	err := render(out, w.plan.Stdout)
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		return fmt.Errorf("standard output: %w", err)
	}
	return nil
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
