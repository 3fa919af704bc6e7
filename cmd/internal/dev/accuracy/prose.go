package main

// The prose of docs/accuracy.md, between its tables.

// introduction takes the number of servers and that of keys.
const introduction = `# Accuracy

<!-- written by make accuracy; a test compares -->

How close the model of memory comes to real servers: %d servers, %d keys.

` + "```console\n$ make accuracy       # prints the tables and writes this file; needs no server\n```" + `

## Method

Dumps of 13 server lines (Redis 6.2 to 8.8, Valkey 8.0 to 9.1) hold some 3,500
keys each: every type, on both sides of every size limit and allocator class,
values that are numbers, text and noise, TTLs, TTLs of fields, streams with
groups. A server was started, loaded a dump, and was asked for each key:
` + "`TYPE`, `OBJECT ENCODING`, `MEMORY USAGE key SAMPLES 0`, and for `INFO memory`" + `
before and after. Dumps and answers are in [testdata/truth](../testdata/truth/README.md);
names like ` + "`redis-7.4--from-redis-6.2`" + ` are explained there.

rdblens gets the dump, the server's line, its allocator and its changed
settings: what ` + "`--server`, `--allocator` and `--config`" + ` pass on. Columns:

- **exact**: keys whose size is the server's figure to the byte
- **called exact**: keys of which rdblens says so itself (column ` + "`exact`" + ` of
  the rows); **of these wrong** must be 0
- **encodings right**: keys whose predicted encoding is the server's
- **mean error**: sum of the differences without their signs, in per cent of the
  sum of the sizes
- **sum**, **sum of keys**: predicted sum of the sizes against the server's
- **used_memory**: blocks of all keys, tables of the databases and what a server
  takes when empty, against ` + "`INFO memory`" + ` of the loaded server

## Servers

`

// errorBounds stands before the table of bounds.
const errorBounds = `
## Error bounds

A size that is an expectation carries a bound, column ` + "`error_bytes`" + ` of the rows:
two standard deviations of what the server draws at random, summed over the
parts of the key, rounded up. It should hold for about 95 % of such keys; levels
and buckets come in whole words, so for small values it is a little more or
less. Where the size is one of two (a table that may still be growing), the
bound is the distance between them.

`

// inexact stands before the tables of every server.
const inexact = `
## What cannot be exact, and why

A dump does not hold what a server draws at random or learns from its machine.
rdblens takes the expected value there and gives the key an error bound.

- **Skiplists.** Each node draws its number of levels while the dump is loaded.
  Two loads of one dump differ in nearly every skiplist by some words.
- **Tables of Valkey.** Since 8.1, buckets that overflow get a child bucket of
  64 bytes; which ones do depends on a hash seed that is drawn at each start.
  In 8.0 the entries of sets are such a case.
- **Tables that are still growing.** A table moves to a larger array bucket by
  bucket, one step for each element added. When the last element comes, the old
  array may or may not have been given up, depending on how many buckets
  happened to be empty. The key has one of two sizes, and is not called exact.
  These dumps hold many small hashes just past a power of two, where it matters
  most. The seed is one for the whole server, so hashes with the same field
  names fall on the same side together: of seven fields, of which the fifth is
  the first too long for a listpack, all have 12 buckets in about two of three
  loads and 8 in the third. rdblens takes the likelier size; a load that drew
  the other has whole groups of such hashes off at once (13 of 298 tables of
  redis-7.2--from-redis-6.2, none of the same dump in redis-7.4).
- **glibc malloc** cuts blocks from what was freed before, and leaves a rest
  that is too small to use with the block: some blocks are 16 bytes longer.
- **Values of modules.** Their memory is known only to the module. Those of
  RedisBloom, RedisTimeSeries, RedisJSON and the vector sets of Redis 8 are
  modelled (see below); of others the contents stand in, and no bound is claimed.
- **Idempotent producers of streams** expire by the clock of the server that
  loads.
- **What is not in the dump**: build and allocator, settings, cluster mode and
  patch release are options. Given wrongly, sizes are those of another server.

The figures are those of a server that has just loaded the dump. The server
that wrote it may hold more: spare room in strings and listpacks, tables in the
midst of growing, collections that stay tables after they have shrunk. Clients,
replication buffers and fragmentation are in no dump.

No dump of Valkey 7.2 is among these; its model is that of Redis 7.2.

## Modules

` + "`" + `TestModuleTruth` + "`" + ` holds 4,800 values against what redis 7.0.15 with the module
said of them (` + "`" + `testdata/modules` + "`" + `): RedisBloom 2.8.9 and 8.8.0, 320 each of Bloom
and cuckoo filters, Count-Min sketches, TopK lists and t-digests; RedisTimeSeries
1.4.10 and 1.12.9, 800 series each. All are met to the byte. Which formula holds:

| type | figure | source |
|---|---|---|
| ` + "`" + `MBbloom--` + "`" + `, ` + "`" + `MBbloomCF` + "`" + ` | structs and filters | RedisBloom ` + "`" + `src/rebloom.c` + "`" + ` ` + "`" + `BFMemUsage` + "`" + `, ` + "`" + `CFMemUsage` + "`" + ` |
| ` + "`" + `CMSk-TYPE` + "`" + ` | 8 bytes and 8 a cell; from Redis 8.6 the struct and 4 a cell | ` + "`" + `src/rm_cms.c` + "`" + ` ` + "`" + `CMSMemUsage` + "`" + ` |
| ` + "`" + `TopK-TYPE` + "`" + ` | struct, cells and places, without the items | ` + "`" + `src/rm_topk.c` + "`" + ` ` + "`" + `TopKMemUsage` + "`" + ` |
| ` + "`" + `TDIS-TYPE` + "`" + ` | 8 bytes and 16 a node; from Redis 8.6 the struct, too | ` + "`" + `src/rm_tdigest.c` + "`" + ` ` + "`" + `TDigestMemUsage` + "`" + ` |
| ` + "`" + `TSDB-TYPE` + "`" + ` | what is asked for; from 1.10.17, 1.12.6 and 8.0 what is allocated | RedisTimeSeries ` + "`" + `src/tsdb.c` + "`" + ` ` + "`" + `SeriesMemUsage` + "`" + ` |
| ` + "`" + `ReJSON-RL` + "`" + ` | by node kind, in the generations of RedisJSON | ` + "`" + `redis_json/src/ivalue_manager.rs` + "`" + ` ` + "`" + `get_memory` + "`" + `, ijson ` + "`" + `mem_allocated` + "`" + ` |

A dump tells the encoding version of a value, not the release of its module: for
series of encoding versions 7 and 8, and documents, on servers before Redis 8 the
release is not known, ` + "`" + `exact` + "`" + ` is false and the bound is the distance of the two
forms. Documents are held against RedisJSON's own unit test (759 bytes in 8.0, 1,168
in 8.2, 728 in 8.4 to 8.8) and the documents of its memory regression test, not
against a server. No bound is claimed for documents in Redis 8.10, whose ijson was not
at hand, and for series of encoding versions 0 and 1. Series in Redis 8.4 and later
have the distance of two ways to count their index of chunks for a bound. Strings of
documents are interned: several documents share one, and each counts it in full, as
MEMORY USAGE does; what is really allocated is less. Indexes of search modules and the
label index of time series are in no key: the report names them beside the
difference.

## Every server

`
