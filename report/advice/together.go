package advice

// gain is the way in which a suggestion makes bytes of a row go away.
type gain uint8

const (
	gainExpire   gain = iota // keys without a TTL would be gone
	gainExpired              // keys past their TTL would be gone
	gainCompress             // strings would be shorter
	gainListpack             // values would be packed by a listpack limit
	gainIntset               // sets would be packed by the intset limit
	gainHash                 // strings would be hashes
	gainMerged               // strings would be fields of hashes
	gainReshape              // big values would be cut up or trimmed
	gainCopies               // values that are there twice would be there once
	gainName                 // names would be shorter
	numGains
)

// gainNames are those of Share. A name that is a block of its own adds up with what
// becomes of the value, one that is inside of it does not.
var gainNames = [numGains]string{"expire", "expired", "compress", "listpack", "intset", "hash", "merged", "reshape", "copies", "name"}

// nameInside is the gain of a shorter name on servers where it is no block of its own.
const nameInside = "name-inside"

// sharesOf returns the shares of a finding by the groups of the report.
func (in *input) sharesOf(f *finding) []Share {
	out := make([]Share, 0, len(f.shares))
	for _, s := range f.shares {
		gain := gainNames[s.gain]
		if s.gain == gainName && !in.Target.SeparateNames() {
			gain = nameInside
		}
		out = append(out, Share{Group: in.groups[in.Rows[s.row]], Gain: gain, Bytes: s.bytes, Keys: s.keys})
	}
	return out
}

// share is what a suggestion saves in one row, in bytes of MEMORY USAGE.
type share struct {
	row   int // index into input.Rows
	gain  gain
	bytes int64
	keys  int64
}

// combine returns what all findings save together, nil when none saves.
//
// Rows do not share keys, so rows add up; inside a row suggestions may want the
// same bytes, and the facts do not say which keys each of them means. So a row
// counts with what is certain whatever the overlap:
//
//   - Keys without a TTL and keys past theirs are different keys: these add up.
//     Of several suggestions for keys without a TTL the largest counts.
//   - Two listpack limits (entries, value) each count only keys that the other
//     one does not hold back, so they add up too, unless they claim more keys
//     than the row has; then the larger one counts.
//   - A set of integers might become an intset by one setting and a listpack by
//     another, and a string has only one length: of these the largest counts.
//   - The same holds for a string as a hash, or as a field of one, and for a big
//     value cut up or trimmed: a key has one form, the one that saves most counts.
//   - A shorter name is a block of its own up to Redis 8.0 and Valkey 8.0, which
//     adds up with whatever becomes of the value, unless keys become fields; of
//     two ways to shorten a name the larger counts.
//   - Keys that are gone need no packing. Packed first and gone afterwards frees
//     at least as much as the larger of the two, so the larger one counts.
//   - Together is never less than the largest of them alone.
//   - No row gives more than its memory, nor all rows more than the dump's.
func combine(in *input, found []finding) *int64 {
	type sums struct {
		bytes, keys, largest [numGains]int64
	}
	perRow := make(map[int]*sums)
	saves := false
	var single int64
	for i := range found {
		if found[i].Saves != nil {
			saves, single = true, max(single, *found[i].Saves)
		}
		for _, s := range found[i].shares {
			row := perRow[s.row]
			if row == nil {
				row = new(sums)
				perRow[s.row] = row
			}
			row.bytes[s.gain] += s.bytes
			row.keys[s.gain] += s.keys
			row.largest[s.gain] = max(row.largest[s.gain], s.bytes)
		}
	}
	if !saves {
		return nil
	}
	var total int64
	for i, row := range perRow {
		listpack := row.bytes[gainListpack]
		if row.keys[gainListpack] > in.Rows[i].Keys {
			listpack = row.largest[gainListpack]
		}
		packed := max(row.bytes[gainCompress], row.bytes[gainIntset], row.bytes[gainHash], row.largest[gainReshape], row.bytes[gainCopies], listpack)
		if named := row.largest[gainName]; in.Target.SeparateNames() {
			packed += named
		} else {
			packed = max(packed, named)
		}
		packed = max(packed, row.bytes[gainMerged])
		if packed == 0 {
			packed = listpack // a limit may cost a row something
		}
		best := packed
		if gone := row.largest[gainExpire] + row.bytes[gainExpired]; gone > 0 {
			best = max(gone, packed)
		}
		total += min(best, in.Rows[i].Memory)
	}
	total = min(max(total, single), in.total)
	return &total
}
