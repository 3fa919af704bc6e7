//go:build !unix || solaris || aix

package output

import "io/fs"

// hold does nothing.
func (file) hold() error { return nil }

// claim reports whether the run that held a file has ended. Nothing tells here: what
// a killed run leaves stays.
func claim(string) (release func(), ok bool) { return nil, false }

func (system) syncDir(string) error { return nil }

// sameOwner is asked only where directories can be exchanged.
func sameOwner(string, fs.FileInfo) bool { return false }

// sameDevice is not known.
func sameDevice(fs.FileInfo, fs.FileInfo) bool { return false }
