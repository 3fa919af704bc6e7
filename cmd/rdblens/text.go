package main

import (
	"runtime"
	"strings"

	"github.com/spf13/pflag"

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
	fs.IntVar(&f.width, "width", 0, "text: at most `N` columns (default: the terminal's, 120 at most)")
	fs.BoolVar(&f.noColor, "no-color", false, "text: no colour; the environment variable NO_COLOR does the same")
}

// Bounds of --width: below, no table is readable.
const (
	minWidth     = 40
	maxWidth     = 1000
	defaultWidth = 120
)

func (f *textFlags) check(fs *pflag.FlagSet) error {
	if fs.Changed("width") && (f.width < minWidth || f.width > maxWidth) {
		return usagef("--width %d is not within %d and %d", f.width, minWidth, maxWidth)
	}
	return nil
}

// options are those for standard output.
func (f *textFlags) options(s screen, env func(string) string) report.TextOptions {
	o := report.TextOptions{Width: f.width, Bytes: f.bytes, ASCII: true}
	if s.terminal {
		o.Color = !f.noColor && env("NO_COLOR") == "" && !dumbTerminal(env)
		o.ASCII = !speaksUTF8(env)
		if o.Width == 0 && s.width > 0 {
			o.Width = max(minWidth, min(s.width, defaultWidth))
		}
	}
	if o.Width == 0 {
		o.Width = defaultWidth
	}
	return o
}

// fileText is o for a file, which must not depend on the terminal that the program
// was started from.
func fileText(o report.TextOptions, f *textFlags) report.TextOptions {
	o.Color, o.ASCII, o.Width = false, true, f.width
	if o.Width == 0 {
		o.Width = defaultWidth
	}
	return o
}

// dumbTerminal reports whether terminals do not know escape sequences.
func dumbTerminal(env func(string) string) bool {
	term := env("TERM")
	return term == "dumb" || term == "" && runtime.GOOS != "windows" // which has no TERM
}

func (a *app) dumb() bool { return dumbTerminal(a.env) }

// speaksUTF8 reports whether the locale's character set is UTF-8.
func speaksUTF8(env func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToLower(env(name)); v != "" {
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return false
}
