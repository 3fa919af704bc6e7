package memory

// Profile is a server line with its allocator and configuration.
type Profile struct {
	Server    Server
	Allocator Allocator
	Config    Config
	Cluster   bool
	// StandIn: the server that the keys are sized for has no line, and Server is the
	// nearest. No size is exact then, and none has a bound.
	StandIn bool
}

// NewMeter returns a meter for p. With explain it also keeps the terms of the
// last key.
func NewMeter(p Profile, explain bool) Meter { return newMeter(p, explain) }
