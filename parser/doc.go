// Package parser reads Redis and Valkey RDB dumps as a stream of keys with the
// facts that size them: lengths, counts, encodings, offsets. Values are passed
// over, not built, so memory depends on neither the dump nor its largest key.
//
// # The format
//
//	dump    = magic version record* EOF [crc64]
//	magic   = "REDIS" 4 digits | "VALKEY" 3 digits
//	record  = AUX str str                     file-wide facts, in any place
//	        | SELECTDB len | RESIZEDB len len | SLOT_INFO len len len
//	        | FUNCTION2 str | MODULE_AUX len 2 len module
//	        | HASH_TEMPLATE len len str*
//	        | attribute* key
//	attribute = EXPIRETIME i32 | EXPIRETIME_MS i64 | IDLE len | FREQ u8
//	        | KEY_META len (u32 module)*
//	key     = type str value
//	value   = str                             string
//	        | len str*                        list, set
//	        | len (str score)*                zset
//	        | len (str str)*                  hash
//	        | [i64] len (len str str)*        hash with field TTLs (Redis 7.4+)
//	        | len (str str i64)*              hash with field TTLs (Valkey 9+)
//	        | str                             one packed blob: ziplist, listpack, intset, zipmap
//	        | len (len str)*                  quicklist of packed and plain nodes
//	        | nodes counters groups [idmp]    stream
//	        | len module                      module value
//	        | len len [len] (len len x)*      array (Redis 8.8+)
//	module  = (opcode data)* 0                opcode 1, 2 len; 3 four bytes; 4 eight; 5 str
//	len     = 00xxxxxx | 01xxxxxx u8 | 80 u32be | 81 u64be
//	str     = len byte* | C0 i8 | C1 i16 | C2 i32 | C3 len len LZF
//
// Versions: RDB 1 to 15 with REDIS magic (Redis up to 8.10, KeyDB, Dragonfly), 80 with
// VALKEY magic (Valkey 9.0, 9.1). A newer version is read with a warning until
// a type it does not know stops it. Type 22 and opcode 243 mean different
// things under the two magics; Type values are unambiguous.
//
// # How it reads
//
// One goroutine fills 256 KiB buffers and sums the checksum, another scans
// them and fills batches of keys, the caller receives batches. A packed blob
// is judged by its first bytes (decompressing no more than those) unless
// something asks for its entries: Options.WalkAll, Options.Walk, a sampled
// key, a count its header cannot hold, or a dump without a checksum to vouch
// for it.
//
// # Ownership
//
// A Batch, its keys, their names and elements belong to the caller from Next
// until Batch.Release; copy what is kept longer. Batches may be used while
// Next goes on, and released by any goroutine.
package parser
