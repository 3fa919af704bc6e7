package sketch

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// EachOf works on 0 to n-1, in any order, on all processors, and returns when all
// is done. start is called for each goroutine and returns what that one does.
func EachOf(n int, start func() (work func(i int))) {
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		wait.Go(func() {
			work := start()
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				work(int(i))
			}
		})
	}
	wait.Wait()
}
