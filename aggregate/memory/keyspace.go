package memory

import "math"

// baseline is used_memory of a server without keys, as measured on the bundled
// jemalloc build with stock options (64-bit Linux).
type baseline struct {
	startup int64 // used_memory_startup
	client  int64 // used_memory with one idle client connected
	cluster int64 // used_memory_startup with cluster-enabled
	debian  int64 // as client, on the distribution's jemalloc; 0: not measured
}

// debianBaselineExtra is what quantum 16 adds to an empty server, measured on
// Redis 7.0.15; taken for the lines that were not measured.
const debianBaselineExtra = 17576

// BaselineBytes is used_memory of an empty server (one client connected). It
// differs by a few hundred bytes with paths and options, and by more with
// maxclients, databases, TLS and modules.
func (p Profile) BaselineBytes() int64 {
	b := &lineOf(p.Server).baseline
	total := b.client
	if p.Allocator == JemallocDebian {
		total += debianBaselineExtra
		if b.debian > 0 {
			total = b.debian
		}
	}
	if p.Cluster {
		total += b.cluster - b.startup
	}
	return total
}

// keyspaceForm says how the tables of a database are made.
type keyspaceForm struct {
	keys, expires  int64 // bytes asked for the dict or hashtable structs; 0: part of the baseline
	always         bool  // the expires table exists without expiring keys
	bare           bool  // entries only for keys that share a bucket
	expireEntry    int64 // bytes asked for an entry of the expires table
	hashtable      bool  // Valkey 8.1
	perSlot        bool  // cluster mode keeps tables per slot
	perSlotKeys    int64 // bytes asked for the struct of one slot's table, keys
	perSlotExpires int64
}

var (
	keyspaceDict62 = keyspaceForm{always: true, expireEntry: sizeofDictEntry}
	keyspaceDict   = keyspaceDict62
	// From 7.4 a kvstore creates its dicts on demand, with metadata (kvstore.c).
	keyspaceKvstore74 = keyspaceForm{keys: 56 + 8, expires: 56 + 8, expireEntry: sizeofDictEntry,
		perSlot: true, perSlotKeys: 56 + 8, perSlotExpires: 56 + 8}
	keyspaceKvstore80 = keyspaceForm{keys: 56 + 2408, expires: 56 + 8, expireEntry: sizeofDictEntry,
		perSlot: true, perSlotKeys: 56 + 2408, perSlotExpires: 56 + 8}
	keyspaceKvstoreValkey80 = keyspaceForm{keys: 56 + 16, expires: 56 + 16, expireEntry: sizeofDictEntry,
		perSlot: true, perSlotKeys: 56 + 16, perSlotExpires: 56 + 16}
	keyspaceBare82 = keyspaceForm{keys: 2464, expires: 64, bare: true, expireEntry: sizeofBareEntry,
		perSlot: true, perSlotKeys: 2464, perSlotExpires: 64}
	keyspaceBare86 = keyspaceForm{keys: 2464, expires: 64, always: true, bare: true, expireEntry: sizeofBareEntry,
		perSlot: true, perSlotKeys: 2464, perSlotExpires: 64}
	keyspaceBare88 = keyspaceForm{keys: 96, expires: 72, always: true, bare: true, expireEntry: sizeofBareEntry,
		perSlot: true, perSlotKeys: 96, perSlotExpires: 72}
	keyspaceHashtable81 = keyspaceForm{keys: 88, expires: 88, hashtable: true,
		perSlot: true, perSlotKeys: 88, perSlotExpires: 88}
	keyspaceHashtable90 = keyspaceHashtable81
	keyspaceHashtable91 = keyspaceForm{keys: 96, expires: 96, hashtable: true,
		perSlot: true, perSlotKeys: 96, perSlotExpires: 96}
)

// clusterSlots is the number of hash slots.
const clusterSlots = 16384

// KeyspaceBytes is what the tables of one database take beside the keys
// themselves: keys is the number of keys, expires the number with a TTL. The
// tables have the size the dump's counts presize them to (rdb.c, RESIZEDB). In
// cluster mode keys are taken as spread evenly over all slots.
func (p Profile) KeyspaceBytes(keys, expires int64) int64 {
	if keys <= 0 {
		return 0
	}
	const most = 1 << 40 // declared counts are hostile
	keys, expires = min(keys, most), min(expires, most)
	l := lineOf(p.Server)
	f := &l.keyspace
	total := p.tableBytes(keys, f.keys, f.perSlotKeys, false) + p.ExpiresBytes(expires)
	if p.Cluster && !f.perSlot && l.clusterMeta == 0 {
		total += keys * slotsToKeysBytes
	}
	return total
}

// slotsToKeysBytes is about what a key takes in the radix tree slots_to_keys of
// Redis 6.2 (cluster.c), which holds a copy of the name: a leaf, a run and a
// share of the branches. It depends on the names.
const slotsToKeysBytes = 16 + 32 + 24

// ExpiresBytes is the part of KeyspaceBytes that the expires table takes.
func (p Profile) ExpiresBytes(expires int64) int64 {
	f := &lineOf(p.Server).keyspace
	if expires <= 0 && !f.always {
		return 0
	}
	return p.tableBytes(max(expires, 0), f.expires, f.perSlotExpires, true)
}

// tableBytes returns one table of n keys: structs, buckets, and the entries
// that are not counted with the keys.
func (p Profile) tableBytes(n, header, slotHeader int64, expires bool) int64 {
	l := lineOf(p.Server)
	f := &l.keyspace
	if p.Cluster && f.perSlot {
		return p.slotTables(n, slotHeader, expires)
	}
	c := allocatorClasses[p.Allocator]
	var total int64
	if header > 0 {
		total = c.of(header)
	}
	if f.bare && n == 0 {
		return total // the dict has no buckets yet
	}
	return total + p.buckets(n, expires)
}

// buckets returns buckets and entries of one table.
func (p Profile) buckets(n int64, expires bool) int64 {
	l := lineOf(p.Server)
	f := &l.keyspace
	c := allocatorClasses[p.Allocator]
	if f.hashtable {
		exp := bucketExponent(n)
		children, _ := childBuckets(1<<exp, 1<<exp, n)
		return c.of(bucketBytes<<exp) + (children * bucketBytes).round()
	}
	slots := dictSlots(n)
	total := c.of(sizeofPointer * slots)
	switch {
	case f.bare:
		mean, _ := bareEntries(slots, n)
		total += (mean * fixed(c.of(sizeofBareEntry))).round()
	case expires:
		total += n * c.of(f.expireEntry)
	}
	return total
}

// slotTables returns the tables of cluster mode, one for each slot with keys,
// n keys falling into slots at random.
func (p Profile) slotTables(n, header int64, expires bool) int64 {
	if n == 0 {
		return 0
	}
	c := allocatorClasses[p.Allocator]
	load := float64(n) / clusterSlots
	spread := int64(math.Ceil(8 * math.Sqrt(load+1)))
	first, last := max(1, int64(load)-spread), int64(load)+spread
	var mean float64
	// log of the Poisson weight of first, then by recurrence.
	lg, _ := math.Lgamma(float64(first + 1))
	weight := math.Exp(float64(float64(first)*math.Log(load)) - load - lg)
	for k := first; k <= last; k++ {
		mean += float64(weight * float64(c.of(header)+p.buckets(k, expires)))
		weight = float64(weight*load) / float64(k+1)
	}
	return int64(math.Round(float64(mean * clusterSlots)))
}
