//go:build !linux && !darwin

package output

import "errors"

func (system) exchange(string, string) error { return errors.ErrUnsupported }

// plainDirectory is asked only where directories can be exchanged.
func plainDirectory(string) bool { return false }
