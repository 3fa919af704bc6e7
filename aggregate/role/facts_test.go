package role

import (
	"math"
	"strings"
	"testing"
)

func TestScoreOf(t *testing.T) {
	const clock = 1_796_000_000_000
	for _, c := range []struct {
		score float64
		clock int64
		want  Score
	}{
		{0, clock, ScoreConstant}, {1, clock, ScoreConstant}, {2, clock, ScoreInteger}, {-5, clock, ScoreInteger}, {0.5, clock, ScoreFraction},
		{1_795_999_999, clock, ScorePastSeconds}, {1_796_000_000.5, clock, ScorePastSeconds}, {1_796_000_900, clock, ScoreAheadSeconds},
		{1_500_000_000, clock, ScorePastSeconds}, {900_000_000, clock, ScoreInteger}, {2_200_000_000, clock, ScoreInteger},
		{1_795_999_999_000, clock, ScorePastMillis}, {1_796_000_100_000, clock, ScoreAheadMillis},
		{4096 * 1_795_999_999_000, clock, ScorePastScaled}, {4096*1_796_000_100_000 + 17, clock, ScoreAheadScaled},
		{3_663_832_614_298_053, clock, ScoreGeohash}, {1.15e17, clock, ScoreInteger},
		{1_796_000_900, 0, ScoreInteger}, {1_796_000_100_000, 0, ScoreInteger},
		{math.Inf(1), clock, ScoreInfinite}, {math.Inf(-1), clock, ScoreInfinite}, {math.NaN(), clock, ScoreInfinite}, {math.MaxFloat64, clock, ScoreInteger},
	} {
		if got := ScoreOf(c.score, c.clock); got != c.want {
			t.Errorf("%v at %d: %d, want %d", c.score, c.clock, got, c.want)
		}
	}
}

func TestShapeOf(t *testing.T) {
	for v, want := range map[string]Shape{
		"": ShapeEmpty, "12": ShapeNumber, "-1.5": ShapeNumber, "1.2.3": ShapeOther, "-": ShapeOther, ".": ShapeOther, "x": ShapeOther,
		"HYLL\x01": ShapeSketch, strings.Repeat("\x00", 40) + "\x80": ShapeBitmap, "\x00\x00": ShapeOther,
		`{"a":1}`: ShapeJSON, `[1]`: ShapeJSON, `{"class":"A","args":[],"jid":"x"}`: ShapeJob, `{"class":"A"}`: ShapeJSON, `{"task_id":"x","status":"SUCCESS"}`: ShapeResult,
		`{"cookie":{"originalMaxAge":1}}`: ShapeSession, `{"cookie":1}`: ShapeJSON, `{"_auth_user_id":"3"}`: ShapeSession,
		`{"ct": 1.5, "v": 2}|x`: ShapeCached, "\xac\xed\x00\x05sr": ShapeJava, `a:1:{i:0;i:1;}`: ShapePHP, "N;": ShapePHP, "a:": ShapeOther,
		"\x80\x04\x95": ShapePickle, "!\x80\x05\x95": ShapePickle, "\x04\x08{": ShapeMarshal, "_sf2_attributes|a:0:{}": ShapeSession,
	} {
		if got := ShapeOf([]byte(v)); got != want {
			t.Errorf("%.40q: %d, want %d", v, got, want)
		}
	}
}

func TestHashCounter(t *testing.T) {
	for fields, want := range map[string]Hash{
		"": HashOther, "name mail": HashOther, "opts": HashOther, "data opts atm": HashJob, "msg state": HashJob, "d t m i": HashCache, "d t": HashOther,
		"absexp sldexp data": HashCache, "cid expire data": HashCache, "maxInactiveInterval lastAccessedTime": HashSession, "data writes": HashSession,
		"_class id": HashObject, "l b dr db": HashBucket, "8a1f0000-6c33-4f17-9a5e-0d4f5b01fab3:42": HashLock,
		"8a1f0000-6c33-4f17-9a5e-0d4f5b01fab3:42 other": HashOther, "8a1f0000-6c33-4f17-9a5e-0d4f5b01fab3": HashOther,
	} {
		var c HashCounter
		for f := range strings.FieldsSeq(fields) {
			c.Field([]byte(f))
		}
		if got := c.Hash(); got != want {
			t.Errorf("%s: %d, want %d", fields, got, want)
		}
	}
}
