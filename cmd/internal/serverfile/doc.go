// Package serverfile reads what tells of a server beside its dump: its settings, in a
// redis.conf or as CONFIG GET prints them, and what it said of itself, as INFO and
// MEMORY STATS print it.
package serverfile
