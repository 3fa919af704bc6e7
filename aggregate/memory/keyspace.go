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

// What another allocator adds to an empty server: quantum 16, measured on Redis
// 7.0.15, and glibc, measured on 7.4.1; taken for the lines not measured.
const (
	debianBaselineExtra = 17576
	libcBaselineExtra   = 19768
)

// BaselineBytes is used_memory of an empty server (one client connected). It
// differs by a few hundred bytes with paths and options, and by more with
// maxclients, databases, TLS and modules.
func (p Profile) BaselineBytes() int64 {
	b := &lineOf(p.Server).baseline
	total := b.client
	switch {
	case p.Allocator == Libc:
		total += libcBaselineExtra
	case p.Allocator == JemallocDebian && b.debian > 0:
		total = b.debian
	case p.Allocator == JemallocDebian:
		total += debianBaselineExtra
	}
	if p.Cluster {
		total += b.cluster - b.startup
	}
	return total
}

// FirstClientBytes is how much of BaselineBytes comes with the first client, beyond
// used_memory_startup: the client, and what a server allocates when it first serves one.
func (p Profile) FirstClientBytes() int64 {
	b := &lineOf(p.Server).baseline
	return b.client - b.startup
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
		perSlot: true, perSlotKeys: 96, perSlotExpires: 56 + 8}
	keyspaceHashtable81 = keyspaceForm{keys: 88, expires: 88, hashtable: true,
		perSlot: true, perSlotKeys: 88, perSlotExpires: 88}
	keyspaceHashtable90 = keyspaceHashtable81
	keyspaceHashtable91 = keyspaceForm{keys: 96, expires: 96, hashtable: true,
		perSlot: true, perSlotKeys: 96, perSlotExpires: 96}
)

// clusterSlots is the number of hash slots.
const clusterSlots = 16384

// KeyspaceBytes is what the tables of one database take beside the keys
// themselves: keys is the number of keys, expires the number with a TTL. In
// cluster mode keys are taken as spread evenly over all slots.
func (p Profile) KeyspaceBytes(keys, expires int64) int64 {
	return p.LoadedKeyspaceBytes(keys, expires, keys, expires)
}

// LoadedKeyspaceBytes is KeyspaceBytes for a server that dropped expired keys
// while it loaded a dump: its tables were made for the declared numbers
// (rdb.c, RDB_OPCODE_RESIZEDB), which count those keys, too.
func (p Profile) LoadedKeyspaceBytes(keys, expires, declaredKeys, declaredExpires int64) int64 {
	if keys <= 0 && declaredKeys <= 0 {
		return 0
	}
	l := lineOf(p.Server)
	f := &l.keyspace
	total := p.tableBytes(keys, declaredKeys, f.keys, f.perSlotKeys, false)
	if expires > 0 || declaredExpires > 0 || f.always {
		total += p.tableBytes(expires, declaredExpires, f.expires, f.perSlotExpires, true)
	}
	if p.Cluster && !f.perSlot && l.clusterMeta == 0 {
		total += clampCount(keys) * slotsToKeysBytes
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
	return p.tableBytes(expires, expires, f.expires, f.perSlotExpires, true)
}

// clampCount bounds a number of keys that a dump only declares.
func clampCount(n int64) int64 { return min(max(n, 0), 1<<40) }

// tableBytes returns one table of n keys, made for declared: structs, buckets,
// and the entries that are not counted with the keys.
func (p Profile) tableBytes(n, declared, header, slotHeader int64, expires bool) int64 {
	f := &lineOf(p.Server).keyspace
	n = clampCount(n)
	size := max(n, clampCount(declared))
	if p.Cluster && f.perSlot {
		return p.slotTables(n, slotHeader, expires)
	}
	var total int64
	if header > 0 {
		total = allocatorClasses[p.Allocator].of(header)
	}
	if f.bare && size == 0 {
		return total // the dict has no buckets yet
	}
	return total + p.buckets(n, size, expires)
}

// buckets returns the buckets of a table made for size keys, and the entries
// of the n it holds.
func (p Profile) buckets(n, size int64, expires bool) int64 {
	f := &lineOf(p.Server).keyspace
	c := allocatorClasses[p.Allocator]
	if f.hashtable {
		exp := bucketExponent(size)
		children, _ := childBuckets(1<<exp, 1<<exp, n)
		return c.of(bucketBytes<<exp) + (children * bucketBytes).round()
	}
	slots := dictSlots(size)
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
		mean += float64(weight * float64(c.of(header)+p.buckets(k, k, expires)))
		weight = float64(weight*load) / float64(k+1)
	}
	return int64(math.Round(float64(mean * clusterSlots)))
}
