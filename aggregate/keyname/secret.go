package keyname

import "encoding/binary"

// secret is a key of the hashes that samples are drawn by: four words of which
// nothing is known to whoever writes keys and values.
//
// The hash reads sixteen bytes at a time: each eight are added (XOR) to a secret
// word, the two sums multiplied to 128 bits, the halves of the product folded to
// 64 (Mix64), which changes the secret of the next sixteen. The last ones are read
// up to the end of the text, so that they overlap those before. To what comes out the
// text's length is added, where no byte of the text can undo it, and it is multiplied
// with another secret word. The length is multiplied before: as it is, texts that
// differ in nothing else would differ in their last product by a few times the
// secret, which under some secrets is next to nothing.
//
// This is the scheme of wyhash and foldhash, with secrets in place of their known
// constants. It is no cryptographic hash: somebody who sees sums can find the
// secrets. Nobody does here. Names are written before there is a dump to be hashed,
// and no sum of theirs comes back to who wrote them: to choose a text whose hash is
// small, or two whose hashes are related, he has to guess 64 bits. SipHash-1-3 in its
// place took 5 to 8 % of a report's time.
type secret struct{ text, left, right, end uint64 }

// sum returns the hash of b.
func (k *secret) sum(b []byte) uint64 {
	n := len(b)
	s := k.text
	var x, y uint64
	switch {
	case n > 16:
		for i := 0; i+16 < n; i += 16 {
			s = Mix64(le64(b[i:])^s, le64(b[i+8:])^k.left)
		}
		x, y = le64(b[n-16:]), le64(b[n-8:])
	case n >= 8:
		x, y = le64(b), le64(b[n-8:])
	default:
		x = Word8(b)
	}
	return Mix64(Mix64(x^s, y^k.right)^uint64(n)*HashMul1, k.end)
}

// sum6 returns a hash of six words: they need not be written down to be hashed.
func (k *secret) sum6(w [6]uint64) uint64 {
	s := Mix64(w[0]^k.text, w[1]^k.left)
	s = Mix64(w[2]^s, w[3]^k.left)
	return Mix64(Mix64(w[4]^s, w[5]^k.right), k.end)
}

func le64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }
