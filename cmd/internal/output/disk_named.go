//go:build !linux

package output

import "errors"

func (system) unnamed(string) (handle, error) { return nil, errors.ErrUnsupported }

func (file) linkTo(string) error { return errors.ErrUnsupported }
