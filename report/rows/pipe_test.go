package rows

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/internal/reporttest"
)

// TestPipe: what comes out of a pipe is what a writer makes of the same rows.
func TestPipe(t *testing.T) {
	long := reporttest.PlainRows(40)
	for i := range long {
		long[i].Key = bytes.Repeat([]byte{byte('a' + i%26)}, 60_000)
		long[i].KeyLen = int64(len(long[i].Key))
	}
	for name, rows := range map[string][]aggregate.Row{
		"none": nil, "one": reporttest.PlainRows(1), "block": reporttest.PlainRows(blockRows), "block+1": reporttest.PlainRows(blockRows + 1),
		"many": reporttest.PlainRows(50*blockRows + 7), "hostile": reporttest.HostileRows(), "long": append(long, reporttest.HostileRows()...),
	} {
		t.Run(name, func(t *testing.T) {
			for format, create := range rowWriters {
				var want, got bytes.Buffer
				reporttest.WriteRows(t, create(&want, nil), rows)
				p := NewPipe(create(&got, nil))
				reporttest.WriteRows(t, p, rows)
				if !bytes.Equal(want.Bytes(), got.Bytes()) {
					t.Errorf("%s: %d bytes through a pipe, %d without, or others", format, got.Len(), want.Len())
				}
				if err := p.WriteRow(&reporttest.PlainRows(1)[0]); !errors.Is(err, ErrClosed) {
					t.Errorf("%s: a row after close: %v", format, err)
				}
				if err := p.Close(); err != nil {
					t.Errorf("%s: a second close: %v", format, err)
				}
				p.Stop()
			}
		})
	}
}

// blockedWriter holds its first write until it is let go.
type blockedWriter struct {
	entered, release chan struct{}
	writes           int
}

func (b *blockedWriter) WriteRow(*aggregate.Row) error {
	if b.writes == 0 {
		close(b.entered)
		<-b.release
	}
	b.writes++
	return nil
}

func (b *blockedWriter) Close() error { return errors.New("closed") }

// TestPipeStop: after Stop the writer is left alone, whatever waited.
func TestPipeStop(t *testing.T) {
	w := &blockedWriter{entered: make(chan struct{}), release: make(chan struct{})}
	p := NewPipe(w)
	rows := reporttest.PlainRows(3 * blockRows)
	for i := range rows {
		if err := p.WriteRow(&rows[i]); err != nil {
			t.Fatal(err)
		}
	}
	<-w.entered
	p.stopped.Store(true) // as Stop does before it waits
	close(w.release)
	p.Stop()
	if w.writes != 1 {
		t.Errorf("%d rows were written, want the one under way", w.writes)
	}
	if err := p.Close(); err != nil {
		t.Errorf("close after stop: %v", err)
	}
	if err := p.WriteRow(&rows[0]); err == nil {
		t.Error("a row after stop was taken")
	}
}

// TestPipeAllocations: a pipe allocates nothing per row.
func TestPipeAllocations(t *testing.T) {
	rows := reporttest.PlainRows(4 * blockRows)
	p := NewPipe(NewCSV(io.Discard, nil))
	defer p.Stop()
	n := testing.AllocsPerRun(5, func() {
		for i := range rows {
			if err := p.WriteRow(&rows[i]); err != nil {
				t.Fatal(err)
			}
		}
	})
	if n > 0 {
		t.Errorf("%v allocations for %d rows", n, len(rows))
	}
}
