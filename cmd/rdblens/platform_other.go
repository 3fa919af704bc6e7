//go:build !unix

package main

// onStatusRequest does nothing: there is no SIGUSR1.
func onStatusRequest(func()) (stop func()) { return func() {} }

func peakMemory() int64 { return 0 }
