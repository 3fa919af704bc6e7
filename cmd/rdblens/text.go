package main

import (
	"io"

	"github.com/spf13/pflag"

	"github.com/rdblens/rdblens/cmd/internal/destination"
	"github.com/rdblens/rdblens/cmd/internal/output"
	"github.com/rdblens/rdblens/cmd/internal/usage"
	"github.com/rdblens/rdblens/report"
)

// textFlags shape text.
type textFlags struct {
	bytes   bool
	width   int
	noColor bool
}

// textFlagNames are the flags that only shape text.
var textFlagNames = []string{"bytes", "width", "no-color"}

func (f *textFlags) add(fs *pflag.FlagSet) {
	fs.BoolVar(&f.bytes, "bytes", false, "text: sizes in bytes, not in KiB, MiB and GiB")
	fs.IntVar(&f.width, "width", 0, "text: at most `N` columns (default: the terminal's, 200 at most; in files and pipes nothing is cut)")
	fs.BoolVar(&f.noColor, "no-color", false, "text: no colour; the environment variable NO_COLOR does the same")
}

// Bounds of --width: below, no table is readable.
const (
	minWidth     = 40
	maxWidth     = 1000
	defaultWidth = 100
	widestScreen = 200 // of a terminal that is wider: eyes do not find the end of such lines
)

func (f *textFlags) check(fs *pflag.FlagSet) error {
	if fs.Changed("width") && (f.width < minWidth || f.width > maxWidth) {
		return usage.Errorf("--width %d is not within %d and %d", f.width, minWidth, maxWidth)
	}
	return nil
}

// options are those for standard output. What is not a terminal gets UTF-8, and lines that
// are not cut unless --width says so.
func (f *textFlags) options(s destination.Screen, env func(string) string) report.TextOptions {
	o := report.TextOptions{Width: f.width, Bytes: f.bytes}
	if !s.Terminal {
		return fileText(o, f)
	}
	o.Color = f.colored(env)
	o.ASCII = !destination.SpeaksUTF8(env)
	if o.Width == 0 && s.Width > 0 {
		o.Width = max(minWidth, min(s.Width, widestScreen))
	}
	if o.Width == 0 {
		o.Width = defaultWidth
	}
	return o
}

// colored reports whether a terminal gets colours.
func (f *textFlags) colored(env func(string) string) bool {
	return !f.noColor && env("NO_COLOR") == "" && !destination.DumbTerminal(env)
}

// foldWidth is how wide prose may be on out, which is standard output or a file of -o;
// 0, any width, unless it is a terminal.
func (a *app) foldWidth(out io.Writer) int {
	const usual = 80 // of a terminal whose width is not known
	_, file := out.(*output.File)
	switch {
	case file || !a.stdoutScreen.Terminal:
		return 0
	case a.stdoutScreen.Width == 0:
		return usual
	}
	return max(minWidth, a.stdoutScreen.Width)
}

// fileText is o for a file or a pipe, which must not depend on the terminal that the
// program was started from.
func fileText(o report.TextOptions, f *textFlags) report.TextOptions {
	o.Color, o.ASCII, o.Width, o.Whole = false, false, f.width, f.width == 0
	if o.Width == 0 {
		o.Width = defaultWidth
	}
	return o
}

// prose are the options of text without flags of its own, on standard output or in a file
// of -o.
func (a *app) prose(out io.Writer) report.TextOptions {
	o := report.TextOptions{Width: a.foldWidth(out)}
	if o.Width > 0 {
		o.ASCII, o.Color = !destination.SpeaksUTF8(a.env), new(textFlags).colored(a.env)
	}
	return o
}

func (a *app) dumb() bool { return destination.DumbTerminal(a.env) }
