// Package rdbtest writes small Redis and Valkey dumps, right ones and wrong
// ones, for tests of programs that read them.
//
// A [Writer] appends one record after the other; its methods return the Writer:
//
//	dump := rdbtest.Redis(11).
//		Aux("redis-ver", "7.2.6").
//		SelectDB(0).ResizeDB(2, 1).
//		Put("greeting", rdbtest.String(rdbtest.Auto("hello"))).
//		ExpireMs(1700000000000).
//		Put("queue", rdbtest.List(rdbtest.Strs("a", "b")...)).
//		EOF().
//		Bytes()
//
// What a dump stores as a string (keys, members, packed blobs) is a [Str],
// its bytes as stored: [Plain], [Int] and [LZF] choose a form, [Auto] takes
// the one a server takes. What follows a key is a [Value]; there is one
// constructor for each RDB type. Packed blobs come from [Listpack], [Ziplist],
// [Zipmap] and [Intset].
//
// Nothing is checked, so that hostile dumps can be written too: Str, Value and
// Op are plain bytes and may be made up, [Writer.Raw] appends anything, and the
// builders have setters for the fields that may lie. Where a method takes no
// wrong value, change the bytes it returned.
//
// The package depends on the standard library only and not on the parser, so
// it can be used in the parser's own tests.
package rdbtest
