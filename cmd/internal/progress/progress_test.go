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
			"rdblens: 2.83 GiB of 10.0 GiB (28 %), 358,005 keys, 96.7 MiB/s, 75 s left",
			"rdblens: 5.76 GiB of 10.0 GiB (58 %), 728,355 keys, 98.3 MiB/s, 44 s left",
			"rdblens: 8.69 GiB of 10.0 GiB (87 %), 1,098,705 keys, 98.9 MiB/s, 13 s left",
			"rdblens: 8.79 GiB of 10.0 GiB (88 %), 1,111,050 keys, 99.7 MiB/s, 12 s left",
		}},
		{"total unknown", Options{Mode: Auto, Interval: 50 * time.Second}, []string{
			"rdblens: 4.79 GiB, 604,905 keys, 98.0 MiB/s",
			"rdblens: 8.79 GiB, 1,111,050 keys, 99.7 MiB/s",
		}},
		{"all read long before the end", Options{Mode: Auto, Total: 4000 << 20}, []string{
			"rdblens: 2.83 GiB of 3.91 GiB (73 %), 358,005 keys, 96.7 MiB/s, 11 s left",
			"rdblens: 5.76 GiB of 3.91 GiB (100 %), 728,355 keys, 98.3 MiB/s, working it out",
			"rdblens: 8.69 GiB of 3.91 GiB (100 %), 1,098,705 keys, 98.9 MiB/s, working it out",
			"rdblens: 8.79 GiB of 3.91 GiB (100 %), 1,111,050 keys, 99.7 MiB/s",
		}},
		{"always", Options{Mode: Always, Interval: time.Hour, Total: 9000 << 20}, []string{
			"rdblens: 0 B of 8.79 GiB (0 %), 0 keys",
			"rdblens: 8.79 GiB of 8.79 GiB (100 %), 1,111,050 keys, 99.7 MiB/s",
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
	if want := "rdblens: 1000 MiB, 123,450 keys, 97.1 MiB/s\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
