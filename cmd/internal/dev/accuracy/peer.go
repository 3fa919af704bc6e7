package main

import (
	"bytes"

	"github.com/hdt3213/rdb/core"
	hdt "github.com/hdt3213/rdb/model"

	"github.com/rdblens/rdblens/aggregate/memory/truth"
)

// comparePeer holds the sizes that github.com/hdt3213/rdb computes against the
// same truth. Keys it does not hand out stay out: all.keys may be fewer than
// the server had. It names encodings as the dump stores them, so these are not
// compared.
func comparePeer(f *truth.File, dump []byte) (*result, error) {
	said, err := f.Truth()
	if err != nil {
		return nil, err
	}
	r := &result{file: f, groups: map[string]*group{}}
	err = core.NewDecoder(bytes.NewReader(dump)).Parse(func(o hdt.RedisObject) bool {
		want, ok := said[truth.ID{DB: o.GetDBIndex(), Name: o.GetKey()}]
		if !ok {
			return true
		}
		g := r.groups[want.Type+" "+want.Encoding]
		if g == nil {
			g = &group{}
			r.groups[want.Type+" "+want.Encoding] = g
		}
		have := int64(o.GetSize())
		one := group{keys: 1, unnamed: true, model: have, server: want.Usage, off: max(have-want.Usage, want.Usage-have)}
		if one.off == 0 {
			one.exact = 1
		}
		g.add(&one)
		r.all.add(&one)
		return true
	})
	return r, err
}
