package keyname

import (
	"encoding/base64"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestWordBeforeSlash: a word in front of a slash and an id stays a word, also where the
// whole is of the alphabet of base64; and hardly any base64 that has slashes in it is cut
// for that.
func TestWordBeforeSlash(t *testing.T) {
	rnd := rand.New(rand.NewPCG(9, 9))
	random := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(rnd.IntN(256))
		}
		return b
	}
	const n = 20_000
	lost, cut, whole := 0, 0, 0
	for i := range n {
		word := []string{"share/", "files/", "download/"}[i%3]
		if !strings.HasPrefix(string(PatternOf([]byte(word+base64.RawURLEncoding.EncodeToString(random(16))))), word) {
			lost++
		}
		text := base64.StdEncoding.EncodeToString(random(33))
		switch p := string(PatternOf([]byte("t:" + text))); {
		case p == "t:{b64}":
			whole++
		case strings.IndexByte(text, '/') >= slashedWord && strings.Trim(text[:strings.IndexByte(text, '/')], "abcdefghijklmnopqrstuvwxyz") == "":
			cut++
		}
	}
	if lost > 0 || cut*1000 > n || whole*100 < n*94 {
		t.Errorf("of %d names %d lose their word; of base64 %d are whole, and %d are cut behind what looks like a word", n, lost, whole, cut)
	}
}
