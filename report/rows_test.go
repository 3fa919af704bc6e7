package report_test

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report"
	"github.com/rdblens/rdblens/report/internal/reporttest"
)

// rowWriters makes writers by name: of every format of rows, and through a pipe.
var rowWriters = func() map[string]func(w io.Writer) report.RowWriter {
	writers := map[string]func(w io.Writer) report.RowWriter{}
	for _, f := range report.KindRows.Formats() {
		writers[string(f)] = func(w io.Writer) report.RowWriter {
			rows, err := report.NewRows(w, f, nil)
			if err != nil {
				panic(err)
			}
			return rows
		}
	}
	writers["piped"] = func(w io.Writer) report.RowWriter { return report.NewRowPipe(writers["csv"](w)) }
	return writers
}()

// TestPiped: what comes out of a pipe is what a writer makes of the same rows,
// in every format.
func TestPiped(t *testing.T) {
	rows := append(reporttest.PlainRows(2000), reporttest.HostileRows()...)
	for format, create := range rowWriters {
		var want, got bytes.Buffer
		reporttest.WriteRows(t, create(&want), rows)
		reporttest.WriteRows(t, report.NewRowPipe(create(&got)), rows)
		if !bytes.Equal(want.Bytes(), got.Bytes()) {
			t.Errorf("%s: %d bytes through a pipe, %d without, or others", format, got.Len(), want.Len())
		}
	}
}

// TestRowWriteErrors: the first write error is returned and stays, wherever
// it strikes.
func TestRowWriteErrors(t *testing.T) {
	rows := reporttest.PlainRows(1 << 15)
	for name, create := range rowWriters {
		for _, n := range []int{0, 1, 70_000, 150_000} {
			w := create(reporttest.FailAfter(n))
			var err error
			for i := range rows {
				if err = w.WriteRow(&rows[i]); err != nil {
					break
				}
			}
			if err == nil {
				err = w.Close()
			}
			if !errors.Is(err, reporttest.ErrFull) {
				t.Errorf("%s after %d bytes: %v", name, n, err)
			}
			if again := w.Close(); !errors.Is(again, reporttest.ErrFull) {
				t.Errorf("%s after %d bytes: close says %v", name, n, again)
			}
			if again := w.WriteRow(&rows[0]); again == nil {
				t.Errorf("%s after %d bytes takes another row", name, n)
			}
		}
		short := create(shortWriter{})
		for i := range rows {
			if short.WriteRow(&rows[i]) != nil {
				break
			}
		}
		if err := short.Close(); !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("%s: a short write is %v", name, err)
		}
	}
}

type shortWriter struct{}

func (shortWriter) Write(p []byte) (int, error) { return len(p) / 2, nil }

func FuzzRows(f *testing.F) {
	for _, k := range reporttest.HostileKeys {
		f.Add([]byte(k), k, int64(len(k)), 60)
	}
	// A line that ends within the name of a type.
	for width := 40; width < 48; width++ {
		f.Add([]byte("key"), strings.Repeat("\xff", 6)+"€", int64(0), width)
	}
	f.Fuzz(func(t *testing.T, key []byte, text string, length int64, width int) {
		r := aggregate.Row{TypeName: text[:min(9, len(text))], Key: key, KeyLen: max(length, int64(len(key))), Pattern: []byte(text), Source: text,
			HasExpiry: true, Expiry: length, LongestElement: length, IdleSeconds: length, Freq: int32(length)}
		var c, j, k bytes.Buffer
		reporttest.WriteRows(t, rowWriters["csv"](&c), []aggregate.Row{r, r})
		reporttest.WriteRows(t, rowWriters["jsonl"](&j), []aggregate.Row{r, r})
		lines, err := report.NewRows(&k, report.Text, &report.Options{Text: report.TextOptions{Width: width % 1000}})
		if err != nil {
			t.Fatal(err)
		}
		reporttest.WriteRows(t, lines, []aggregate.Row{r, r})
		records, err := csv.NewReader(&c).ReadAll()
		if err != nil || len(records) != 3 || len(records[1]) != 16 {
			t.Fatalf("CSV: %v, %q", err, records)
		}
		reporttest.CheckKey(t, &r, records[1][2])
		for s := bufio.NewScanner(&j); s.Scan(); {
			var row struct{ Key *string }
			if err := json.Unmarshal(s.Bytes(), &row); err != nil {
				t.Fatalf("JSONL: %v in %q", err, s.Bytes())
			}
			reporttest.CheckJSONKey(t, &r, *row.Key)
		}
		if n := bytes.Count(k.Bytes(), []byte("\n")); n != 3 {
			t.Fatalf("text: %d lines", n)
		}
		reporttest.CheckPrintable(t, k.Bytes())
	})
}

func BenchmarkRows(b *testing.B) {
	rows := reporttest.PlainRows(1 << 16)
	for _, name := range []string{"csv", "jsonl", "text", "parquet"} {
		b.Run(name, func(b *testing.B) {
			w := rowWriters[name](io.Discard)
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				if err := w.WriteRow(&rows[i&(len(rows)-1)]); err != nil {
					b.Fatal(err)
				}
				i++
			}
			if err := w.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}
