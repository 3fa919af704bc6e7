package check

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"hash/maphash"

	"github.com/rdblens/rdblens/parser"
)

// A source that can be read again is, where the first reading leaves something open:
//
//	once for each slice    of keys, or of one value's members, that were too many to
//	                       be compared in one reading
//	once for the suspects  whose fingerprints came twice: whether their bytes do
//
// So the answer is exact, and memory stays what one reading takes: 64 MiB for keys and,
// of what those before it leave, for the members of a large value; 8 for members else.

// maxReadings is how often a source is read at most for slices. Beyond it, half a
// billion keys or, with that many before it, 67 million members of one value, the answer
// says what was left out.
const maxReadings = 64

// lookAgain completes what the first reading found.
func (in *Input) lookAgain(ctx context.Context, c *census, s *Source, salvage bool) {
	d := c.twice.result()
	m := &Members{Possible: c.members.possible, Unseen: int64(len(c.members.large))}
	if c.members.lost {
		m.Unseen++
	}
	s.Duplicates, s.Members = d, m
	suspects := c.members.suspects
	if in.Again == nil {
		return
	}
	keySlices, memberSlices := c.twice.mask, uint64(0)
	for _, mask := range c.members.large {
		memberSlices = max(memberSlices, mask)
	}
	if keySlices < maxReadings && memberSlices < maxReadings && !c.members.lost {
		keyMask, whole := c.twice.mask, true
		c.twice.release()
		for slice := uint64(1); slice <= max(keySlices, memberSlices); slice++ {
			x := census{members: newMembers(c.members.seed, slice, in.memberLimit)}
			x.members.only = c.members.large
			if slice <= keySlices {
				// Slices are of about the same size.
				x.twice = &duplicates{seed: c.twice.seed, fingerprints: fingerprints{limit: c.twice.limit + c.twice.limit/8, mask: keyMask, slice: slice}}
			}
			if in.readSlice(ctx, &x, salvage) != nil && s.Keys != x.keys {
				whole = false
				break
			}
			if x.twice != nil {
				n, some := x.twice.repeated()
				d.Possible += n
				for h := range some {
					if len(d.some) < maxSuspects {
						d.some[h] = true
					}
				}
				whole = whole && x.twice.mask == keyMask
			}
			whole = whole && !x.members.lost
			m.Possible += x.members.possible
			suspects = append(suspects, x.members.suspects[:min(len(x.members.suspects), maxSuspects-len(suspects))]...)
		}
		if whole {
			d.OneKeyIn, m.Unseen = 1, 0
		}
	}
	in.prove(c, s, suspects, salvage)
}

// readSlice reads the source once more for one slice.
func (in *Input) readSlice(ctx context.Context, c *census, salvage bool) error {
	again, err := in.Again()
	if err != nil {
		return err
	}
	defer again.Close()
	hooks := func() parser.Hooks {
		h := onlyMembers(c.members.begin, c.members.only)
		if c.twice != nil {
			h.LongName = c.twice.longName
		}
		return h
	}
	r := in.open(again, parser.Options{Salvage: salvage, Hooks: hooks})
	defer r.Close()
	err = c.read(ctx, r, nil)
	r.Close()
	c.members.end()
	return err
}

// onlyMembers are hooks that look at the members of some keys.
func onlyMembers[T any](begin func(k *parser.Key, before int64) func(piece []byte, first, last bool), keys map[int64]T) parser.Hooks {
	if len(keys) == 0 {
		return parser.Hooks{}
	}
	return parser.Hooks{Members: begin, Walk: func(k *parser.Key) bool { _, ok := keys[k.Offset]; return ok }}
}

// prove reads the source once more for the suspects.
func (in *Input) prove(c *census, s *Source, suspects []suspect, salvage bool) {
	if s.Duplicates.Possible == 0 && len(suspects) == 0 {
		return
	}
	again, err := in.Again()
	if err != nil {
		return
	}
	defer again.Close()
	look := newSecondLook(c.members.seed, suspects)
	hooks := func() parser.Hooks {
		h := onlyMembers(look.begin, look.only)
		h.LongName = c.twice.longNameID
		return h
	}
	r := in.open(again, parser.Options{Salvage: salvage, Hooks: hooks})
	defer r.Close()
	seen := map[[sha256.Size]byte]bool{}
	for {
		b, err := r.Next()
		if err != nil {
			break
		}
		for i := range b.Keys {
			k := &b.Keys[i]
			if k.Is(parser.Continued) || !s.Duplicates.some[c.twice.fingerprint(k)] {
				continue
			}
			id := keyID(k)
			if !seen[id] {
				seen[id] = true
				continue
			}
			if s.Duplicates.Proven++; s.Duplicates.First == nil {
				s.Duplicates.First = &Repeated{Key: clipped(k.Name, maxQuoted), DB: k.DB, Offset: k.Offset}
			}
		}
		b.Release()
	}
	r.Close()
	s.Duplicates.looked = r.Info().Keys == s.Keys // as far as the first reading came
	s.Members.Proven, s.Members.First = look.proven, look.first
}

// keyID is the database and name of a key; of a name longer than parser.MaxName its
// length and what longNameID left.
func keyID(k *parser.Key) [sha256.Size]byte {
	b := make([]byte, 0, 36+len(k.Name))
	b = binary.LittleEndian.AppendUint32(b, uint32(k.DB))
	b = binary.LittleEndian.AppendUint64(b, uint64(k.NameLen))
	if !k.Is(parser.NameTruncated) {
		return sha256.Sum256(append(b, k.Name...))
	}
	for _, x := range k.Tag {
		b = binary.LittleEndian.AppendUint64(b, x)
	}
	return sha256.Sum256(b)
}

// longName is parser.Hooks.LongName: it leaves a hash of the whole name, seeded as all
// fingerprints are, in NameHash, where one that anybody can compute would be.
func (d *duplicates) longName(k *parser.Key) func(piece []byte, last bool) {
	var h maphash.Hash
	h.SetSeed(d.seed)
	return func(piece []byte, last bool) {
		_, _ = h.Write(piece) // it cannot fail
		if last {
			k.NameHash = h.Sum64()
		}
	}
}

// longNameID does so, and leaves the first 192 bits of the name's SHA-256 in Tag.
func (d *duplicates) longNameID(k *parser.Key) func(piece []byte, last bool) {
	seeded, h := d.longName(k), sha256.New()
	return func(piece []byte, last bool) {
		seeded(piece, last)
		h.Write(piece)
		if last {
			sum := h.Sum(nil)
			for i := range k.Tag {
				k.Tag[i] = binary.LittleEndian.Uint64(sum[8*i:])
			}
		}
	}
}
