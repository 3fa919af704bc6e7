package data

// CommandLog is what an append-only file holds beside a dump: commands. They are
// counted and not replayed, which takes a server's memory. Text is escaped for display.
type CommandLog struct {
	Name     string `json:"name" part:"name"`         // of the directory or file
	Commands int64  `json:"commands" part:"commands"` // SELECT, MULTI, EXEC and the like aside
	Bytes    int64  `json:"bytes" part:"bytes"`       // all of it
	// Deletions are the keys that DEL and UNLINK name, Expiries the commands that give
	// keys or fields an expiry.
	Deletions int64 `json:"deletions" part:"deletions"`
	Expiries  int64 `json:"expiries" part:"expiries"`
	Databases int64 `json:"databases" part:"databases"` // one more than the largest number that is selected
	// Both lists by bytes, the larger first; what is beyond their length is one row,
	// [other].
	ByCommand []CommandCount `json:"by_command" part:"by_command"`
	Patterns  []CommandCount `json:"patterns" part:"patterns"` // of the first key of each command
	// MakeDump are the commands, for a shell, that make a dump of it on another server;
	// empty where nothing but a pipe was read.
	MakeDump []string `json:"make_dump" part:"make_dump,raw"`
	Error    string   `json:"error,omitempty" part:"error"`
}

// CommandCount counts commands of one name, or on keys of one pattern.
type CommandCount struct {
	Name      string `json:"name" part:"name"`
	Commands  int64  `json:"commands" part:"commands"`
	Bytes     int64  `json:"bytes" part:"bytes"` // as they stand in the file
	Deletions int64  `json:"deletions" part:"deletions"`
	Expiries  int64  `json:"expiries" part:"expiries"`
}
