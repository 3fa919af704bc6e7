package memory

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Server is a server line: "redis-7.4", "valkey-9.0". Where a line changed
// between two patch releases the later (or earlier) ones are a Server of their
// own, named by their first release: "redis-8.2.2", "redis-8.8.0", "valkey-8.1.0".
type Server struct{ name string }

// String returns the line's name.
func (s Server) String() string { return s.name }

// version is major, minor, patch.
type version [3]int

// objectForm says where a key's name lives and how the top of a key is printed
// by MEMORY USAGE.
type objectForm uint8

const (
	// objectEntry: an sds key in a dictEntry of 24 bytes, and the robj.
	objectEntry objectForm = iota
	// objectEntryEmbedded: the key inside the dictEntry (Valkey 8.0), and the robj.
	objectEntryEmbedded
	// objectKeyless: the robj holds the key, but only sizeof(robj) is printed.
	objectKeyless
	// objectClass: the robj holds the key; its size class is printed.
	objectClass
	// objectRequest: the robj holds the key; the bytes asked for are printed
	// (the size class where the string is inside too).
	objectRequest
)

// embedRule says which strings live in the same block as their object.
type embedRule uint8

const (
	embed44      embedRule = iota // length ≤ 44, the key elsewhere
	embedAssumed                  // with the key in 64 bytes, key header taken as 3, expiry included
	embedNoTime                   // with the key in 64 bytes, key header taken as 3, expiry before the object
	embedReal                     // with the key in 64 bytes, real key header
	embed128                      // with the key in 128 bytes, in place of the pointer
)

// entryForm says how a field and its value are held in a hash that is a table.
type entryForm uint8

const (
	entryPair        entryForm = iota // two sds
	entryMstr                         // an mstr field and an sds value
	entryJointRedis                   // one object, Redis 8.6
	entryJointValkey                  // one object, Valkey 8.1
)

// packForm is the packed encoding of small collections.
type packForm uint8

const (
	packListpack packForm = iota
	packZiplist
)

// scoreForm is the text a score has as an entry of a packed sorted set.
type scoreForm uint8

const (
	scoreShortest  scoreForm = iota // 7.2+: fpconv_dtoa
	scorePrintf                     // 7.0: %.17g
	scorePrintfOld                  // 6.2: %.17g, integers only within 2^52
)

// line is one row of the table of servers: the variant of each structure and
// the sizes of its structs in 64-bit builds. A false or zero field is the
// variant of Redis 7.0 unless said otherwise.
type line struct {
	name    string
	family  string
	since   version // first release the row stands for
	until   version // last one, for rows of some patch releases only
	special bool    // a row of patch releases: not listed by Servers
	magic   int     // RDB version of its dumps
	source  string  // the function that adds up a value
	// unmeasured says why no size of the line is exact, empty when servers of it were
	// measured.
	unmeasured string
	sds        sdsRule
	object     objectForm
	embed      embedRule
	entry      entryForm
	pack       packForm
	score      scoreForm

	tracked      bool // sizes kept per key: blobs and strings at their exact length (Redis 8.4)
	roundPacked  bool // packed blobs counted by size class
	sharedInts   bool // 0..9999 are shared objects
	embstrExact  bool // 6.2: MEMORY USAGE prints an embedded string unrounded
	spareExpiry  bool // room left in the block is taken for the expiry at once
	setListpack  bool // small sets of strings are listpacks (7.2)
	listListpack bool // lists of one node are listpacks (7.2)
	plainByLimit bool // elements over the node limit get a plain node (7.4)
	averageItems bool // quicklist average over elements, not nodes (8.0, 8.2)
	bareSet      bool // sets: keys stand bare in empty buckets (dict no_value, 7.2)
	bareCounted  bool // … and MEMORY USAGE knows (Valkey 8.0)
	bareAll      bool // hashes and sorted sets too (8.6)
	memberInNode bool // the skiplist node holds the member
	headerInList bool // the skiplist header is part of its struct (Valkey 9.1)
	growBlobZset bool // 7.0: a packed sorted set over the limit grows its table
	growBlobHash bool // 6.2: a packed hash over the limit grows its table
	noPresize    bool // 6.2: a hash leaving its packed form does not presize
	presizeWhole bool // 8.6: a hash leaving its packed form expands to its length
	convertSmall bool // 6.2, 7.0: a set leaving its intset expands to that first
	replaceEmpty bool // an empty dict is resized at once (7.4, Valkey 8.0)
	lazyResize   bool // Valkey 9.0: no resize while rehashing
	hashTTL      bool // Valkey 9.0: fields may expire, always a table
	raxExact     bool // radix trees counted node by node
	sampleGroups bool // stream groups summed through a float64 average (Valkey 8.1)
	timeIndex    bool // consumer groups index deliveries by time (8.4)
	pelIndex     bool // streams index all pending IDs (8.2)
	array        bool // the array type (8.8)
	templates    bool // hashes may leave their fields' names to a template (8.10)

	dict, dictMeta, dictMetaTTL int64 // sizeof(dict); metadata of sets and hashes, of hashes with field TTLs
	zsetEntry                   int64 // what MEMORY USAGE takes for a sorted set's dictEntry
	hashtable                   int64 // sizeof(hashtable); 0: values use dict
	quicklist, node, lzfHeader  int64 // sizeof(quicklist), (quicklistNode), (quicklistLZF)
	zskiplist                   int64 // sizeof(zskiplist)
	listpackEx                  int64 // sizeof(listpackEx); 0: no such encoding
	stream, group               int64 // sizeof(stream), (streamCG)
	consumer, nack              int64 // sizeof(streamConsumer), (streamNACK)
	rax                         int64 // sizeof(rax)
	clusterEntry                int64 // what MEMORY USAGE adds to a key in cluster mode
	clusterMeta                 int64 // what a keyspace dictEntry grows by in cluster mode

	keyspace keyspaceForm
	baseline baseline
}

// Sizes that no server line differs in (64-bit).
const (
	sizeofRobj      = 16 // server.h struct redisObject / serverObject
	sizeofDictEntry = 24 // dict.h struct dictEntry
	sizeofZset      = 16 // server.h struct zset
	sizeofStreamID  = 16 // stream.h struct streamID
	sizeofPointer   = 8
)

// lines is the table of servers, oldest first. A row is a copy of an earlier
// one, changed: what stands with it is what is new in that release.
var lines = buildLines()

// buildLines is long because it is that table, and reads downwards: no more than an
// assignment for each change of a release.
func buildLines() []line {
	redis62 := line{
		name: "redis-6.2", family: "redis", since: version{6, 2}, magic: 9, source: "object.c objectComputeSize",
		pack: packZiplist, score: scorePrintfOld, sharedInts: true, embstrExact: true,
		growBlobZset: true, growBlobHash: true, noPresize: true, convertSmall: true,
		dict: 96, zsetEntry: sizeofDictEntry, quicklist: 40, node: 32, lzfHeader: 4, zskiplist: 32,
		stream: 40, group: 32, consumer: 24, nack: 24, rax: 24,
		keyspace: keyspaceDict62,
		baseline: baseline{startup: 812272, client: 874256, cluster: 1470672},
	}

	redis70 := redis62
	redis70.name, redis70.since, redis70.magic = "redis-7.0", version{7, 0}, 10
	redis70.pack, redis70.score, redis70.roundPacked, redis70.embstrExact = packListpack, scorePrintf, true, false
	redis70.growBlobHash, redis70.noPresize = false, false
	redis70.dict, redis70.node, redis70.lzfHeader = 56, 40, 8
	redis70.stream, redis70.group = 80, 40
	redis70.clusterEntry, redis70.clusterMeta = 16, 16
	redis70.keyspace = keyspaceDict
	redis70.baseline = baseline{startup: 859032, client: 906768, cluster: 1582864, debian: 924344}

	redis72 := redis70
	redis72.name, redis72.since, redis72.magic = "redis-7.2", version{7, 2}, 11
	redis72.score, redis72.setListpack, redis72.listListpack, redis72.bareSet = scoreShortest, true, true, true
	redis72.growBlobZset, redis72.convertSmall = false, false
	redis72.consumer = 32
	redis72.clusterEntry = 8
	redis72.baseline = baseline{startup: 866200, client: 914072, cluster: 1583272}

	valkey72 := redis72
	valkey72.name, valkey72.family = "valkey-7.2", "valkey"

	redis74 := redis72
	redis74.name, redis74.since, redis74.magic = "redis-7.4", version{7, 4}, 12
	redis74.entry, redis74.plainByLimit, redis74.replaceEmpty = entryMstr, true, true
	redis74.listpackEx, redis74.dictMetaTTL = 32, 32
	redis74.clusterEntry, redis74.clusterMeta = 0, 0
	redis74.keyspace = keyspaceKvstore74
	redis74.baseline = baseline{startup: 946616, client: 994488, cluster: 2279272}

	redis80 := redis74
	redis80.name, redis80.since = "redis-8.0", version{8, 0}
	redis80.averageItems = true
	redis80.keyspace = keyspaceKvstore80
	redis80.baseline = baseline{startup: 653000, client: 700888, cluster: 1943480}

	redis82 := redis80
	redis82.name, redis82.since, redis82.source = "redis-8.2", version{8, 2}, "object.c kvobjComputeSize"
	redis82.sds, redis82.object, redis82.embed = sdsByAllocation, objectKeyless, embedAssumed
	redis82.sharedInts, redis82.spareExpiry, redis82.pelIndex = false, true, true
	redis82.listpackEx, redis82.dictMetaTTL, redis82.zsetEntry = 24, 24, 16
	redis82.stream, redis82.nack = 112, 32
	redis82.keyspace = keyspaceBare82
	redis82.baseline = baseline{startup: 651760, client: 699648, cluster: 2401432}

	redis822 := redis82
	redis822.name, redis822.since, redis822.until, redis822.special = "redis-8.2.2", version{8, 2, 2}, version{8, 2, 239}, true
	redis822.object = objectClass

	redis84 := redis82
	redis84.name, redis84.since, redis84.source = "redis-8.4", version{8, 4}, "object.c kvobjAllocSize"
	redis84.object, redis84.tracked, redis84.roundPacked, redis84.averageItems = objectRequest, true, false, false
	redis84.raxExact, redis84.timeIndex = true, true
	redis84.dictMeta, redis84.dictMetaTTL, redis84.zsetEntry = 8, 32, sizeofDictEntry
	redis84.quicklist, redis84.zskiplist = 48, 40
	redis84.stream, redis84.group, redis84.rax = 120, 48, 32
	redis84.baseline = baseline{startup: 669288, client: 717464, cluster: 2646808}

	redis86 := redis84
	redis86.name, redis86.since, redis86.magic = "redis-8.6", version{8, 6}, 13
	redis86.object, redis86.embed, redis86.spareExpiry = objectClass, embedNoTime, false
	redis86.entry, redis86.memberInNode, redis86.bareAll, redis86.presizeWhole = entryJointRedis, true, true, true
	redis86.timeIndex = false
	redis86.stream, redis86.group, redis86.nack = 160, 56, 64
	redis86.keyspace = keyspaceBare86
	redis86.baseline = baseline{startup: 705712, client: 754144, cluster: 2258456}

	redis88 := redis86
	redis88.name, redis88.since, redis88.magic = "redis-8.8", version{8, 8}, 14
	redis88.object, redis88.array = objectRequest, true
	redis88.group = 64
	redis88.keyspace = keyspaceBare88
	redis88.baseline = baseline{startup: 710752, client: 759184, cluster: 2263032}

	redis880 := redis88
	redis880.name, redis880.since, redis880.until, redis880.special = "redis-8.8.0", version{8, 8, 0}, version{8, 8, 0}, true
	redis880.object = objectClass

	// The structures are those of 8.8 and, for hashes with templates, those of t_hash.c;
	// what else changed is not known.
	redis810 := redis88
	redis810.name, redis810.since, redis810.magic = "redis-8.10", version{8, 10}, 15
	redis810.templates = true
	redis810.unmeasured = "no server of 8.10 was measured: sizes are those of 8.8, of hashes with templates by its source, and the templates are in no figure"

	valkey80 := valkey72
	valkey80.name, valkey80.since = "valkey-8.0", version{8, 0}
	valkey80.sds, valkey80.object = sdsByAllocation, objectEntryEmbedded
	valkey80.plainByLimit, valkey80.replaceEmpty, valkey80.bareCounted = true, true, true
	valkey80.clusterEntry, valkey80.clusterMeta = 0, 0
	valkey80.keyspace = keyspaceKvstoreValkey80
	valkey80.baseline = baseline{startup: 912360, client: 939752, cluster: 2707600}

	valkey81 := valkey80
	valkey81.name, valkey81.since = "valkey-8.1", version{8, 1}
	valkey81.object, valkey81.embed, valkey81.entry = objectClass, embedAssumed, entryJointValkey
	valkey81.sharedInts, valkey81.bareSet, valkey81.bareCounted = false, false, false
	valkey81.hashtable, valkey81.rax = 72, 32
	valkey81.spareExpiry, valkey81.raxExact, valkey81.sampleGroups = true, true, true
	valkey81.keyspace = keyspaceHashtable81
	valkey81.baseline = baseline{startup: 877944, client: 907512, cluster: 2414448}

	valkey810 := valkey81
	valkey810.name, valkey810.since, valkey810.until, valkey810.special = "valkey-8.1.0", version{8, 1, 0}, version{8, 1, 3}, true
	valkey810.object = objectKeyless
	valkey810.baseline = baseline{startup: 879968, client: 906832, cluster: 2676472}

	valkey90 := valkey81
	valkey90.name, valkey90.since, valkey90.magic = "valkey-9.0", version{9, 0}, 80
	valkey90.embed = embedReal
	valkey90.hashTTL, valkey90.lazyResize = true, true
	valkey90.keyspace = keyspaceHashtable90
	valkey90.baseline = baseline{startup: 878464, client: 905512, cluster: 2455064}

	valkey91 := valkey90
	valkey91.name, valkey91.since = "valkey-9.1", version{9, 1}
	valkey91.embed = embed128
	valkey91.memberInNode, valkey91.headerInList = true, true
	valkey91.hashtable, valkey91.zskiplist = 80, 32+16*(skiplistMaxLevel-1)
	valkey91.keyspace = keyspaceHashtable91
	valkey91.baseline = baseline{startup: 927592, client: 954712, cluster: 2503752}

	valkey92 := valkey91
	valkey92.name, valkey92.since, valkey92.magic = "valkey-9.2", version{9, 2}, 81
	valkey92.unmeasured = "no server of 9.2 was measured: sizes are those of 9.1, and its sorted sets and hashes with field TTLs are said to be others"

	return []line{redis62, redis70, redis72, redis74, redis80, redis82, redis822, redis84, redis86, redis88, redis880, redis810,
		valkey72, valkey80, valkey81, valkey810, valkey90, valkey91, valkey92}
}

// lineOf returns the row of a server; the zero Server is the oldest line.
func lineOf(s Server) *line {
	for i := range lines {
		if lines[i].name == s.name {
			return &lines[i]
		}
	}
	return &lines[0]
}

// Servers returns every line, oldest first, Redis before Valkey.
func Servers() []Server {
	var all []Server
	for i := range lines {
		if !lines[i].special {
			all = append(all, Server{lines[i].name})
		}
	}
	return all
}

// IsValkey reports whether a line is one of Valkey's.
func (s Server) IsValkey() bool { return lineOf(s).family == "valkey" }

// AtLeast reports whether a line is that release of its family or a later one.
// Valkey begins at 7.2, where it is what Redis 7.2 is.
func (s Server) AtLeast(major, minor int) bool {
	since := lineOf(s).since
	return since[0] > major || since[0] == major && since[1] >= minor
}

// Unmeasured says why no size of a line is exact, "" for the lines whose servers were
// measured.
func (s Server) Unmeasured() string { return lineOf(s).unmeasured }

// Compare orders lines by what they understand: by release, of both families
// alike, and Redis before Valkey.
func (s Server) Compare(o Server) int {
	a, b := lineOf(s), lineOf(o)
	return cmp.Or(slices.Compare(a.since[:], b.since[:]), strings.Compare(a.family, b.family))
}

// Packed returns the encoding of small collections: ziplist up to 6.2, listpack
// from 7.0 on.
func (s Server) Packed() Encoding {
	if lineOf(s).pack == packZiplist {
		return EncodingZiplist
	}
	return EncodingListpack
}

// KeyInObject reports whether a key's name is part of its object's block, as from
// Redis 8.2 and Valkey 8.1 on; before, it is a block of its own or part of the
// entry in the table of keys.
func (s Server) KeyInObject() bool { return lineOf(s).object >= objectKeyless }

// ParseServer resolves a line's name, or a release of a line ("redis-7.4.1");
// the error lists the names that are known.
func ParseServer(name string) (Server, error) {
	for i := range lines {
		if lines[i].name == name {
			return Server{name}, nil
		}
	}
	family, text, _ := strings.Cut(name, "-")
	if v, ok := parseVersion(text); ok && strings.Count(text, ".") == 2 {
		for i := range lines {
			if l := &lines[i]; l.family == family && l.since[0] == v[0] && l.since[1] == v[1] && !l.special {
				return releaseOf(l, v), nil
			}
		}
	}
	known := make([]string, 0, len(lines))
	for _, s := range Servers() {
		known = append(known, s.name)
	}
	return Server{}, fmt.Errorf("unknown server %q (known: %s)", name, strings.Join(known, ", "))
}

// releaseOf returns the row of patch releases that v belongs to, or l itself.
func releaseOf(l *line, v version) Server {
	for i := range lines {
		if s := &lines[i]; s.special && s.family == l.family && s.since[0] == l.since[0] && s.since[1] == l.since[1] &&
			v[2] >= s.since[2] && v[2] <= s.until[2] {
			return Server{s.name}
		}
	}
	return Server{l.name}
}

// parseVersion reads "7.4" or "7.4.1"; a suffix such as "-rc1" is ignored.
func parseVersion(text string) (v version, ok bool) {
	text, _, _ = strings.Cut(text, "-")
	parts := strings.Split(text, ".")
	if len(parts) < 2 || len(parts) > 3 {
		return v, false
	}
	for i, p := range parts {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil {
			return v, false
		}
		v[i] = int(n)
	}
	return v, true
}
