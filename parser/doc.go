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
//	        | SLOT_IMPORT str len (len len)*  slots under import (Valkey 9+)
//	        | FUNCTION2 str                   a function library
//	        | FUNCTION_PRE_GA str str len [str] str
//	        | MODULE_AUX len 2 len module     module, when; a section of a module
//	        | HASH_TEMPLATE len len str*      id, field names (Redis 8.10+)
//	        | RAM_LRU len | SLOT_NUM len      Redis Enterprise
//	        | attribute* key
//	attribute = EXPIRETIME i32 | EXPIRETIME_MS i64 | IDLE len | FREQ u8
//	        | KEY_META len (u32 module)*      (Redis 8.6+)
//	key     = type str value
//	value   = str                             string
//	        | len str*                        list, set
//	        | len (str score)*                zset
//	        | len (str str)*                  hash
//	        | [i64] len (len str str)*        hash with field TTLs (Redis 7.4+)
//	        | len (str str i64)*              hash with field TTLs (Valkey 9+)
//	        | len (str len (str str)*)*       hash of hashes by path (Valkey 9.2+)
//	        | [i64] str                       one packed blob: ziplist, listpack, intset, zipmap
//	        | len str*                        quicklist of ziplists
//	        | len (len str)*                  quicklist of packed and plain nodes (Redis 7.0+)
//	        | len (str str)* number* len group* [idmp]   stream: nodes, counters, groups
//	        | len module                      module value
//	        | len len [len] (len len x)*      array: index, tag, payload (Redis 8.8+)
//	        | u8 fields str | u8 fields str*  hash with a template of its own (Redis 8.10+)
//	        | str | len str*                  hash that refers to a HASH_TEMPLATE
//	        | str i64 i64 len str* len str*   cron job (KeyDB)
//	group   = str number* len (16 bytes i64 len)* len consumer* [len (16 bytes)*]
//	module  = (opcode data)* 0                opcode 1, 2 len; 3 four bytes; 4 eight; 5 str
//	len     = 00xxxxxx | 01xxxxxx u8 | 80 u32be | 81 u64be
//	str     = len byte* | C0 i8 | C1 i16 | C2 i32 | C3 len len LZF
//
// Versions: RDB 1 to 15 with REDIS magic (Redis up to 8.10, KeyDB, Dragonfly,
// Redis-On-Rocks), 80 and 81 with VALKEY magic (Valkey 9.0 to 9.2). RDB 1 to 4 have no
// checksum. A newer version is read with a warning until a type it does not know stops
// it: [ErrUnknownType], which is no damage. Numbers from type 22 and opcode 242 on mean
// different things to different servers, so each [Dialect] has a table of its own, from
// which nothing falls through to another's; Type values are unambiguous.
//
// A dump may come out of a replication transfer: the lines in front of it
// (+FULLRESYNC, $length, $EOF:mark) are passed over. What follows it (the commands
// of an append-only file, the end mark of a transfer, another dump) is told by
// its first bytes and counted, see [Tail].
//
// # Reading
//
// [Reader.Keys] iterates over whole keys, [Reader.All] over keys with their elements,
// one piece of a large collection in memory at a time. Both go over the batches that
// [Reader.Next] returns, which is the way for programs that read many keys: a batch
// may be worked on by another goroutine.
//
// One goroutine fills 256 KiB buffers and sums the checksum, another scans them and
// fills batches of keys, the caller receives batches. A packed blob is judged by its
// first bytes (decompressing no more than those) unless something asks for its
// entries: Options.WalkAll, Hooks.Walk, contents that Hooks.Key wants, a count its
// header cannot hold, or a dump without a checksum to vouch for it.
//
// What is wanted beyond the facts of each key is asked of the caller's [Hooks] while
// the key's bytes are at hand, on the goroutine that scans.
//
// # Types
//
// Every RDB type is a row of one table ([Types]), which drives decoding and messages.
// A new type is a row, a function that reads it unless its shape is one there is,
// and a specimen in package rdbtest; then the tests of all packages that treat types
// say what else must know it. Each layout is drawn above the code that reads it.
//
// # Damage
//
// Reading stops at the first byte that makes no sense, with an [Error] that says
// where; all keys before it have been delivered. What a dump claims without need
// (counts of headers, RESIZEDB, a stream's length) is compared with what was read
// and ends up in [Info] as a [Warning]. No length or count of a dump is an
// allocation size, and none of its bytes make the package panic. With
// Options.Salvage reading goes on at the next plausible record.
//
// # Ownership
//
// A Batch, its keys, their names and elements belong to the caller from Next until
// Batch.Release; copy what is kept longer. Batches may be used while Next goes on,
// and released by any goroutine. What the iterators yield is valid until the next
// iteration.
package parser
