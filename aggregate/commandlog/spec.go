package commandlog

import "strings"

// spec is what matters of a command.
type spec struct {
	key     int64 // index of its first key, 0 for none
	all     bool  // every argument is a key
	deletes bool  // the keys are deleted
	expires bool  // a key, or fields of one, get an expiry
	frame   bool  // it changes no data: the database, the edges of a transaction, signs of life
}

// specOf knows the commands whose first key is not their first argument, as servers
// propagate them (commands.def of Redis 8 and Valkey 9).
func specOf(name string) spec {
	switch name {
	case "SELECT", "MULTI", "EXEC", "PING", "REPLCONF":
		return spec{frame: true}
	case "DEL", "UNLINK":
		return spec{all: true, deletes: true}
	case "FLUSHALL", "FLUSHDB", "SWAPDB", "PUBLISH", "SPUBLISH", "SCRIPT", "FUNCTION", "CLUSTER", "DEBUG":
		return spec{}
	case "EVAL", "EVALSHA", "FCALL":
		return spec{key: 3}
	case "XGROUP", "BITOP":
		return spec{key: 2}
	}
	s := spec{key: 1}
	switch name {
	case "EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT", "SETEX", "PSETEX", "GETEX",
		"HEXPIRE", "HPEXPIRE", "HEXPIREAT", "HPEXPIREAT", "HSETEX":
		s.expires = true
	}
	if strings.HasPrefix(name, "FT.") {
		s.key = 0 // an index, no key
	}
	return s
}
