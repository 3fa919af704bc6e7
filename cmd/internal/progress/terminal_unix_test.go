//go:build unix

package progress

import (
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/creack/pty"
)

// TestBar: on a terminal a bar is drawn, lines on demand go above it, and at
// the end it is wiped away.
func TestBar(t *testing.T) {
	ctrl, tty, err := pty.Open()
	if err != nil {
		t.Skip("no pseudo-terminals here: ", err)
	}
	defer ctrl.Close()
	if err := pty.Setsize(ctrl, &pty.Winsize{Rows: 24, Cols: 90}); err != nil {
		t.Fatal(err)
	}
	var read atomic.Int64
	p := Start(Options{
		Out: tty, Terminal: true, Mode: Always, Prefix: "rdblens: ", Total: 200 << 20,
		Bytes: read.Load, Keys: func() int64 { return 1234 },
	})
	read.Store(100 << 20)
	var seen strings.Builder
	until := func(what string) {
		t.Helper()
		re := regexp.MustCompile(what)
		buf := make([]byte, 4096)
		for !re.MatchString(seen.String()) {
			n, err := ctrl.Read(buf)
			if err != nil {
				t.Fatalf("%v before %q; seen %q", err, what, seen.String())
			}
			seen.Write(buf[:n])
		}
	}
	until(`\[#+\.+\] 100 MiB of 200 MiB \(50 %\), 1,234 keys`)
	p.Print()
	until(`(?m)^(.*[\r\n]|\x1b\[[0-9]*[AJ])*rdblens: 100 MiB of 200 MiB \(50 %\), 1,234 keys`)
	read.Store(200 << 20) // a full bar must not end by itself
	p.Stop()
	tty.Close()
	buf := make([]byte, 4096)
	for {
		n, err := ctrl.Read(buf)
		if err != nil {
			break
		}
		seen.Write(buf[:n])
	}
	all := seen.String()
	last := strings.LastIndex(all, "[#")
	if last < 0 || !strings.Contains(all[last:], "\x1b[") {
		t.Errorf("the bar was not wiped away: %q", all)
	}
}
