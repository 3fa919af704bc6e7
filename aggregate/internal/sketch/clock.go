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

func (t *Tally) Add(memory int64) {
	t.Keys++
	t.Memory += memory
}

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
	case !c.Ok:
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

// Clock is a source's point in time, ms since the epoch, never negative.
type Clock struct {
	Ms int64
	Ok bool
}

// Expired reports whether a server that loads the dump at this time drops a
// key with the expiry (redis rdb.c: expiretime < now).
func (c Clock) Expired(expiry int64) bool { return c.Ok && expiry < c.Ms }
