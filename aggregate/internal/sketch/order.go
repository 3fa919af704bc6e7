package sketch

import (
	"errors"
	"fmt"
	"math/bits"
)

// Wrap says in front of an error what it is about; nil stays nil.
func Wrap(path string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", path, err)
}

// maxOctave is the octave of the largest int64.
const maxOctave = 59

// Check reports what no histogram can be: pages without their octave, extremes the
// wrong way round, less than nothing in a bucket.
func (h *Histogram) Check() error {
	if bits.OnesCount64(h.Octaves) != len(h.Pages) || h.Octaves>>(maxOctave+1) != 0 {
		return fmt.Errorf("a histogram of %d pages for octaves %x", len(h.Pages), h.Octaves)
	}
	if h.Min < 0 || h.Min > h.Max {
		return fmt.Errorf("a histogram from %d to %d", h.Min, h.Max)
	}
	for i := range h.Pages {
		for _, n := range &h.Pages[i] {
			if n < 0 {
				return fmt.Errorf("a histogram with %d values in a bucket", n)
			}
		}
	}
	if (h.Octaves == 0) != (h.Count() == 0) {
		return errors.New("a histogram without values has pages")
	}
	return nil
}

// CompareBools orders false before true.
func CompareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// Ascending reports whether each item comes before the next.
func Ascending[T any](list []T, compare func(a, b *T) int) bool {
	for i := 1; i < len(list); i++ {
		if compare(&list[i-1], &list[i]) >= 0 {
			return false
		}
	}
	return true
}

// NotDescending is Ascending for lists in which equal items may stand: a
// damaged dump may hold a key twice.
func NotDescending[T any](list []T, compare func(a, b *T) int) bool {
	for i := 1; i < len(list); i++ {
		if compare(&list[i-1], &list[i]) > 0 {
			return false
		}
	}
	return true
}

// Fitted returns a list without the space behind it that it does not use: a sample
// that was cut would hold what was cut off.
func Fitted[T any](list []T) []T {
	if cap(list)-len(list) <= len(list)/8 {
		return list
	}
	return append(make([]T, 0, len(list)), list...)
}

// MergeSorted returns the first n of two sorted lists, which it does not change.
func MergeSorted[T any](n int, a, b []T, compare func(x, y *T) int) []T {
	out := make([]T, 0, min(n, len(a)+len(b)))
	for len(out) < n && len(a)+len(b) > 0 {
		if len(b) == 0 || len(a) > 0 && compare(&a[0], &b[0]) <= 0 {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	return out
}
