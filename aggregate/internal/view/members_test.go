package view

import (
	"encoding/binary"
	"fmt"
	"math"
	"testing"

	"github.com/rdblens/rdblens/parser/rdbtest"
)

// TestMembersThatAreKeys: what has names of keys for members is an index, whatever it is
// called; friends, whose keys have the pattern of the key they are in, are none.
func TestMembersThatAreKeys(t *testing.T) {
	text := func(b []byte, s string) []byte { return append(rdbtest.AppendLen(b, uint64(len(s))), s...) }
	collection := func(dump []byte, typ byte, key, member string, scored bool) []byte {
		dump = rdbtest.AppendLen(text(append(dump, typ), key), 200)
		for i := range 200 {
			if dump = text(dump, fmt.Sprintf(member, i)); scored {
				dump = binary.LittleEndian.AppendUint64(dump, math.Float64bits(float64(i)))
			}
		}
		return dump
	}
	const set, zset = 2, 5
	dump := append([]byte("REDIS0010"), 0xfe, 0)
	for i := range 300 {
		dump = text(text(append(dump, 0), fmt.Sprint("post:", i)), "text")
	}
	for i := range 20 {
		dump = collection(dump, set, fmt.Sprint("labelled:t", i), "post:%d", false)
		dump = collection(dump, set, fmt.Sprint("post:seen", i), "%d", false)
		dump = collection(dump, set, fmt.Sprint("friends:", i), "%d", false)
		dump = collection(dump, set, fmt.Sprint("colours:t", i), "red:%d", false)
		dump = collection(dump, zset, fmt.Sprint("sorted:t", i), "post:%d", true)
		dump = collection(dump, zset, fmt.Sprint("feed:t", i), "post:%d", true)
		dump = collection(dump, zset, fmt.Sprint("leaderboard:t", i), "post:%d", true)
	}
	dump = append(dump, 0xff, 0, 0, 0, 0, 0, 0, 0, 0)
	roles := rolesByKey(t, dump)
	for key, want := range map[string]string{
		"labelled:t3": "index", "post:seen4": "index", "sorted:t5": "index", "feed:t6": "index",
		"leaderboard:t7": "index", "friends:8": "unknown", "colours:t9": "unknown", "post:9": "unknown",
	} {
		if v := roles[key]; v.Role.String() != want {
			t.Errorf("%s is %s (%s), want %s", key, v.Role, v.Reason, want)
		}
	}
}
