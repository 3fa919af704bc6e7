package counters

import "github.com/rdblens/rdblens/aggregate/keyname"

// Hashers hash the keys of sources, by the names of these.
type Hashers struct {
	bySource map[string]*keyname.Hasher
	other    keyname.Hasher
}

// NewHashers returns those of no source.
func NewHashers() *Hashers {
	return &Hashers{bySource: make(map[string]*keyname.Hasher), other: keyname.NewHasher(keyname.Seed{})}
}

// Add takes in a source; of two with one name the first one counts.
func (h *Hashers) Add(name string, seed keyname.Seed) {
	if h.bySource[name] == nil {
		own := keyname.NewHasher(seed)
		h.bySource[name] = &own
	}
}

// Of returns the hasher of a source; there is one for every name.
func (h *Hashers) Of(source string) *keyname.Hasher {
	if own := h.bySource[source]; own != nil {
		return own
	}
	return &h.other
}
