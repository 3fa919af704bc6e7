package sketch

const (
	Minute = int64(60_000) // ms
	Hour   = 60 * Minute
	Day    = 24 * Hour
)

// Tally counts keys and their bytes.
type Tally struct {
	Keys   int64 `part:"keys"`
	Memory int64 `part:"memory"`
}

// Add counts a key.
func (t *Tally) Add(memory int64) {
	t.Keys++
	t.Memory += memory
}

// Merge adds o.
func (t *Tally) Merge(o Tally) {
	t.Keys += o.Keys
	t.Memory += o.Memory
}

// Expiry buckets, relative to the clock of a key's source. They are counted key
// by key, since a bin may straddle an edge.
const (
	BucketPast = iota
	bucketHour
	bucketDay
	bucketWeek
	bucketMonth
	bucketLater
	BucketNever
	BucketUnknown // an expiry, but no clock to hold it against
	NumBuckets
)

// bucketEnds are the exclusive ends of the buckets from bucketHour on, in ms.
var bucketEnds = [...]int64{Hour, Day, 7 * Day, 30 * Day}

// Bucket returns the bucket of an expiry.
func (c Clock) Bucket(expiry int64) int {
	switch {
	case !c.Known:
		return BucketUnknown
	case expiry < c.Ms:
		return BucketPast
	}
	left := expiry - c.Ms
	b := bucketHour
	for b < bucketLater && left >= bucketEnds[b-bucketHour] {
		b++
	}
	return b
}

// Clock is the point in time that the times of a source are held against, ms since
// the epoch and never negative. Of some sources it is not known.
type Clock struct {
	Ms    int64
	Known bool
}

// Expired reports whether a server that loads the dump at this time drops a
// key with the expiry (redis rdb.c: expiretime < now).
func (c Clock) Expired(expiry int64) bool { return c.Known && expiry < c.Ms }

// FarAway is the time to live, ms, that nobody means: ten years.
const FarAway = 3650 * Day

// IsFar reports whether an expiry is further away than FarAway.
func (c Clock) IsFar(expiry int64) bool { return c.Known && expiry > c.Ms && expiry-c.Ms > FarAway }
