package memory

import "github.com/rdblens/rdblens/parser"

// Server is a server line: "redis-7.4", "valkey-9.0".
type Server struct{ name string }

// String returns the line's name.
func (s Server) String() string { return s.name }

// ParseServer resolves a line's name; the error lists the names that are known.
func ParseServer(name string) (Server, error) { panic("contract") }

// Servers returns every line, oldest first.
func Servers() []Server { panic("contract") }

// Detect chooses the line that wrote a dump; reason says from what, warning is
// not empty when the choice is doubtful.
func Detect(h *parser.Header) (s Server, reason, warning string) { panic("contract") }

// Allocator is a memory allocator as a server is built with it.
type Allocator uint8

const (
	Jemalloc       Allocator = iota // bundled with the server, quantum 8
	JemallocDebian                  // the distribution's, quantum 16
	Libc                            // glibc malloc
)

// String returns jemalloc, jemalloc-debian or libc.
func (a Allocator) String() string { panic("contract") }

// ParseAllocator is the reverse of String.
func ParseAllocator(name string) (Allocator, error) { panic("contract") }

// Config holds the settings that shape memory. The zero value is not valid:
// use DefaultConfig.
type Config struct {
	HashMaxListpackEntries int64
	HashMaxListpackValue   int64
	ZsetMaxListpackEntries int64
	ZsetMaxListpackValue   int64
	SetMaxIntsetEntries    int64
	SetMaxListpackEntries  int64
	SetMaxListpackValue    int64
	ListMaxListpackSize    int64
	ListCompressDepth      int64
	// MaxMemory and MaxMemoryPolicy decide whether small integers are shared.
	MaxMemory       int64
	MaxMemoryPolicy string
}

// DefaultConfig returns the servers' defaults.
func DefaultConfig() Config { panic("contract") }

// Set changes one setting by the name redis.conf gives it (old *-ziplist-*
// names too). Settings that do not shape memory report known == false.
func (c *Config) Set(name, value string) (known bool, err error) { panic("contract") }

// Changed returns the settings that differ from the defaults, by name.
func (c Config) Changed() map[string]string { panic("contract") }

// Profile is a server line with its allocator and configuration.
type Profile struct {
	Server    Server
	Allocator Allocator
	Config    Config
	Cluster   bool
}

// NewMeter returns a meter for p. With explain it also keeps the terms of the last key.
func NewMeter(p Profile, explain bool) Meter { panic("contract") }

// KeyspaceBytes is what the tables of one database take beside the keys
// themselves: keys is the number of keys, expires the number with a TTL.
func (p Profile) KeyspaceBytes(keys, expires int64) int64 { panic("contract") }

// ExpiresBytes is the part of KeyspaceBytes that the expires table takes.
func (p Profile) ExpiresBytes(expires int64) int64 { panic("contract") }

// BaselineBytes is used_memory of an empty server (one client connected).
func (p Profile) BaselineBytes() int64 { panic("contract") }
