//go:build !unix

package process

// OnStatusRequest does nothing: there is no SIGUSR1.
func OnStatusRequest(func()) (stop func()) { return func() {} }

// PeakMemory is 0: not known.
func PeakMemory() int64 { return 0 }
