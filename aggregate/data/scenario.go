package data

// Scenario is another server for the same keys: what a dump would take after
// it was loaded there.
type Scenario struct {
	Name     string    `part:"name,raw"`
	Server   string    `part:"server"`   // a line's name; "" is the one the source is sized for
	Settings []Setting `part:"settings"` // changes to Config.Settings, in order
}

// Setting is a server setting as redis.conf has it.
type Setting struct {
	Name  string `json:"name" part:"name,raw"`
	Value string `json:"value" part:"value,raw"`
}

// Sweep asks what each of several values of one setting would do, all else as
// in Config.
type Sweep struct {
	Setting string  `part:"setting,raw"`
	Values  []int64 `part:"values,signed"`
}
