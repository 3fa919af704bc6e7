package progress

import (
	"bytes"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// run shows progress over a minute and a half of reading 100 MiB a second.
func run(t *testing.T, o Options, during func(p *Progress, second int)) string {
	t.Helper()
	var out bytes.Buffer
	synctest.Test(t, func(*testing.T) {
		var read, keys atomic.Int64
		o.Out, o.Prefix, o.Bytes, o.Keys = &out, "rdblens: ", read.Load, keys.Load
		p := Start(o)
		time.Sleep(300 * time.Millisecond) // never at the same instant as a line
		for second := range 90 {
			time.Sleep(time.Second)
			read.Add(100 << 20)
			keys.Add(12_345)
			if during != nil {
				during(p, second)
			}
		}
		p.Stop()
	})
	return out.String()
}

func TestLines(t *testing.T) {
	for _, tt := range []struct {
		name string
		o    Options
		want []string
	}{
		{"auto", Options{Mode: Auto, Total: 10 << 30}, []string{
			"rdblens: 2.8 GiB of 10.0 GiB (28%), 358,005 keys, 96.7 MiB/s, 1m15s left",
			"rdblens: 5.8 GiB of 10.0 GiB (57%), 728,355 keys, 98.3 MiB/s, 44s left",
			"rdblens: 8.7 GiB of 10.0 GiB (86%), 1,098,705 keys, 98.9 MiB/s, 13s left",
		}},
		{"total unknown", Options{Mode: Auto, Interval: 50 * time.Second}, []string{
			"rdblens: 4.8 GiB, 604,905 keys, 98.0 MiB/s",
		}},
		{"always", Options{Mode: Always, Interval: time.Hour, Total: 9000 << 20}, []string{
			"rdblens: 0 B of 8.8 GiB (0%), 0 keys",
			"rdblens: 8.8 GiB of 8.8 GiB (100%), 1,111,050 keys, 99.7 MiB/s",
		}},
		{"never", Options{Mode: Never}, nil},
		{"never, on a terminal", Options{Mode: Never, Terminal: true}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			if s := run(t, tt.o, nil); s != "" {
				got = strings.Split(strings.TrimSuffix(s, "\n"), "\n")
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestPrint: a line on demand, even when progress is off.
func TestPrint(t *testing.T) {
	got := run(t, Options{Mode: Never}, func(p *Progress, second int) {
		if second == 9 {
			p.Print()
		}
	})
	if want := "rdblens: 1000.0 MiB, 123,450 keys, 97.1 MiB/s\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWords(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 7: "7", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000"} {
		if got := Count(n); got != want {
			t.Errorf("Count(%d) = %q, want %q", n, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1 << 40: "1.0 TiB"} {
		if got := Size(n); got != want {
			t.Errorf("Size(%d) = %q, want %q", n, got, want)
		}
	}
	for _, tt := range []struct{ part, whole, want int64 }{{0, 0, 0}, {1, 2, 50}, {3, 2, 100}, {1 << 62, 1 << 62, 100}, {1 << 60, 1 << 62, 25}} {
		if got := percent(tt.part, tt.whole); got != tt.want {
			t.Errorf("percent(%d, %d) = %d, want %d", tt.part, tt.whole, got, tt.want)
		}
	}
}
