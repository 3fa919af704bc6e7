// Package progress shows how far a long read has come: a bar on a terminal,
// otherwise a line now and then. It knows nothing of dumps.
package progress

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/rdblens/rdblens/report/units"
)

// Mode says when progress is shown.
type Mode string

const (
	// Auto shows a bar on a terminal, otherwise a line each Interval.
	Auto Mode = "auto"
	// Always shows them from the first moment, and a line at the end.
	Always Mode = "always"
	// Never shows nothing unless Print is called.
	Never Mode = "never"
)

// Modes are the values a user may choose from.
var Modes = []string{string(Auto), string(Always), string(Never)}

const (
	defaultInterval = 30 * time.Second
	// patience is how long a run may take before Auto draws a bar.
	patience = 500 * time.Millisecond
	redraw   = 100 * time.Millisecond
)

// Options say what to show and where.
type Options struct {
	Out      io.Writer
	Terminal bool // Out is a terminal
	Mode     Mode
	Prefix   string        // of lines, "rdblens: "
	Total    int64         // bytes to read, 0 when unknown
	Bytes    func() int64  // bytes read so far; called from any goroutine
	Keys     func() int64  // keys seen so far; called from any goroutine
	Interval time.Duration // between lines, 30 s when 0
}

// Progress shows how far a read has come until Stop.
type Progress struct {
	o       Options
	started time.Time
	stop    chan struct{}
	done    sync.WaitGroup

	mu    sync.Mutex
	bar   *mpb.Progress // nil when no bar is drawn
	lines bool          // lines are printed of themselves
	told  bool          // one was; belongs to whom prints them until done
	shown bool          // something was
	// When all that was to be read had been, since the start, and how many bytes that
	// were: 0 before.
	whole     time.Duration
	wholeRead int64
}

// Start begins to show progress.
func Start(o Options) *Progress {
	if o.Interval == 0 {
		o.Interval = defaultInterval
	}
	p := &Progress{o: o, started: time.Now(), stop: make(chan struct{})}
	switch {
	case o.Mode == Never:
	case o.Terminal:
		p.done.Go(p.draw)
	default:
		p.lines = true
		if o.Mode == Always {
			p.Print()
		}
		p.done.Go(p.printLines)
	}
	return p
}

// Stop ends it; a bar is wiped away. A log that was told how far the work is, is told
// that it has ended.
func (p *Progress) Stop() {
	close(p.stop)
	p.done.Wait()
	if p.lines && (p.o.Mode == Always || p.told) {
		p.Print()
	}
}

// Elapsed is the time since Start.
func (p *Progress) Elapsed() time.Duration { return time.Since(p.started) }

// Shown reports whether anything was shown so far.
func (p *Progress) Shown() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.shown
}

// Print writes one line now, above the bar if there is one.
func (p *Progress) Print() {
	line := p.o.Prefix + p.state() + "\n"
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shown = true
	out := p.o.Out
	if p.bar != nil {
		out = p.bar
	}
	_, _ = io.WriteString(out, line) // there is nobody to tell
}

func (p *Progress) printLines() {
	t := time.NewTicker(p.o.Interval)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			p.told = true
			p.Print()
		case <-p.stop:
			return
		}
	}
}

// state says in words how far the read has come.
func (p *Progress) state() string {
	read, elapsed, whole := p.o.Bytes(), p.Elapsed(), false
	s := units.Bytes(read)
	if p.o.Total > 0 {
		// A file may grow while it is read.
		s = fmt.Sprintf("%s of %s (%s)", s, units.Bytes(p.o.Total), units.WholePercent(min(read, p.o.Total), p.o.Total))
		elapsed, whole = p.reading(read, elapsed)
	}
	s += ", " + units.Grouped(p.o.Keys()) + " keys"
	if rate := Rate(read, elapsed); rate > 0 {
		s += ", " + units.Bytes(rate) + "/s"
		if left := p.left(read, rate); left > 0 {
			s += ", " + units.Seconds(left) + " left"
		}
	}
	if whole && p.running() {
		s += ", working it out"
	}
	return s
}

// reading returns how long bytes were read for, and whether all of them are: what comes
// after that has no rate.
func (p *Progress) reading(read int64, elapsed time.Duration) (time.Duration, bool) {
	if read < p.o.Total {
		return elapsed, false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if read != p.wholeRead {
		p.whole, p.wholeRead = elapsed, read
	}
	return p.whole, true
}

// running reports whether Stop was not called yet.
func (p *Progress) running() bool {
	select {
	case <-p.stop:
		return false
	default:
		return true
	}
}

// left is the seconds that the rest will take, 0 when not known.
func (p *Progress) left(read, rate int64) int64 {
	if p.o.Total <= read || rate == 0 {
		return 0
	}
	return (p.o.Total - read) / rate
}

// draw shows a bar once the run has taken a while.
func (p *Progress) draw() {
	wait := patience
	if p.o.Mode == Always {
		wait = 0
	}
	select {
	case <-time.After(wait):
	case <-p.stop:
		return
	}
	bars := mpb.New(mpb.WithOutput(p.o.Out), mpb.WithWidth(30), mpb.WithRefreshRate(redraw), mpb.WithAutoRefresh())
	words := decor.Any(func(decor.Statistics) string { return " " + p.state() })
	filler := mpb.BarStyle().Lbound("[").Filler("#").Tip("#").Padding(".").Rbound("]").Build()
	if p.o.Total == 0 {
		filler = mpb.NopStyle().Build()
	}
	// A full bar ends itself, and the last byte is not the end of the work: it has one
	// more to go, which is no column.
	total := p.o.Total
	if total > 0 {
		total++
	}
	bar := bars.MustAdd(total, filler, mpb.AppendDecorators(words), mpb.BarFillerTrim())
	p.mu.Lock()
	p.bar, p.shown = bars, true
	p.mu.Unlock()

	t := time.NewTicker(redraw)
	defer t.Stop()
	for running := true; running; {
		select {
		case <-t.C:
			if p.o.Total > 0 {
				bar.SetCurrent(min(p.o.Bytes(), p.o.Total))
			}
		case <-p.stop:
			running = false
		}
	}
	p.mu.Lock()
	p.bar = nil
	p.mu.Unlock()
	bar.Abort(true)
	bars.Wait()
}

// Rate is bytes a second, 0 when no time has passed.
func Rate(bytes int64, d time.Duration) int64 {
	if d <= 0 {
		return 0
	}
	return int64(float64(bytes) / d.Seconds())
}
