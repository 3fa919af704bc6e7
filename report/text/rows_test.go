package text

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/report/internal/reporttest"
)

func TestRows(t *testing.T) {
	rows := reporttest.HostileRows()
	for _, width := range []int{60, 80, 120} {
		var b bytes.Buffer
		reporttest.WriteRows(t, NewRows(&b, Options{Width: width}), rows)
		reporttest.Golden(t, fmt.Sprintf("keys-text-%d", width), b.Bytes(), *update)
	}
	for width := 40; width < 130; width++ {
		for _, o := range []Options{{Width: width}, {Width: width, ASCII: true}, {Width: width, Bytes: true}, {Width: width, Bytes: true, ASCII: true}} {
			var b bytes.Buffer
			reporttest.WriteRows(t, NewRows(&b, o), rows)
			lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
			if len(lines) != len(rows)+1 {
				t.Fatalf("%d lines of %d rows", len(lines)-1, len(rows))
			}
			for i, line := range lines {
				lines[i] = strings.TrimRight(line, " ") // keys may end in spaces
			}
			checkText(t, []byte(strings.Join(lines, "\n")+"\n"), width, o.ASCII)
		}
	}
}

func TestNoRows(t *testing.T) {
	var b bytes.Buffer
	if err := NewRows(&b, Options{}).Close(); err != nil {
		t.Fatal(err)
	}
	if want := "DB       SIZE  TYPE       ENCODING     ELEMENTS  EXPIRES               KEY\n"; b.String() != want {
		t.Errorf("no rows: %q", b.String())
	}
}
