package destination

import (
	"os"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/term"
)

// Screen says what is known of the terminal a stream is, if it is one.
type Screen struct {
	Terminal bool
	Width    int // columns, 0 when not known
}

// ScreenOf looks at a stream, which is no terminal unless it is an *os.File. COLUMNS is
// the width of a terminal that does not tell its own: a serial line, a shell within an
// editor.
func ScreenOf(stream any, env func(string) string) Screen {
	f, ok := stream.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return Screen{}
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width <= 0 {
		width = 0
		if n, err := strconv.Atoi(env("COLUMNS")); err == nil && n > 0 {
			width = n
		}
	}
	return Screen{Terminal: true, Width: width}
}

// DumbTerminal reports whether terminals do not know escape sequences.
func DumbTerminal(env func(string) string) bool {
	term := env("TERM")
	return term == "dumb" || term == "" && runtime.GOOS != "windows" // which has no TERM
}

// SpeaksUTF8 reports whether the locale's character set is UTF-8.
func SpeaksUTF8(env func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToLower(env(name)); v != "" {
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return false
}
