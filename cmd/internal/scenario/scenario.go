// Package scenario reads from the command line what the keys of a dump are to be compared
// under: other settings, other server lines, the curve of a setting.
package scenario

import (
	"slices"
	"strconv"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/cmd/internal/serverfile"
	"github.com/rdblens/rdblens/cmd/internal/usage"
)

// setting reads one name=value.
func setting(flag, arg string) (aggregate.Setting, error) {
	name, value, ok := strings.Cut(arg, "=")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	if !ok || name == "" || value == "" {
		return aggregate.Setting{}, usage.Errorf("%s %q is not NAME=VALUE", flag, arg).Hint("for example %s hash-max-listpack-entries=1024", flag)
	}
	canonical, err := settingName(flag, name)
	if err != nil {
		return aggregate.Setting{}, err
	}
	c := memory.DefaultConfig()
	if _, err := serverfile.Set(&c, canonical, value); err != nil {
		return aggregate.Setting{}, usage.Errorf("%s: %v", flag, err)
	}
	value, _ = c.Get(canonical)
	return aggregate.Setting{Name: canonical, Value: value}, nil
}

// settingName resolves a setting's name, old ones too.
func settingName(flag, name string) (string, error) {
	if canonical, ok := memory.CanonicalSetting(name); ok {
		return canonical, nil
	}
	e := usage.Errorf("%s: %q is not a setting that shapes memory", flag, name)
	if n := usage.Nearest(strings.ToLower(name), append(memory.SettingNames(), memory.SettingAliases()...)); n != "" {
		return "", e.Hint("did you mean %s?", n)
	}
	return "", e.Hint("settings: %s", strings.Join(memory.SettingNames(), ", "))
}

// settings reads the settings of one scenario.
func settings(flag string, args []string) (out []aggregate.Setting, err error) {
	for _, arg := range args {
		s, err := setting(flag, arg)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(out, func(o aggregate.Setting) bool { return o.Name == s.Name }) {
			return nil, usage.Errorf("%s: %s is given twice in one scenario", flag, s.Name).Hint("--scenario NAME=%s=VALUE makes another one; --sweep %s compares many values", s.Name, s.Name)
		}
		out = append(out, s)
	}
	return out, nil
}

// Parse returns what the flags --set, --scenario and --to ask for: each group of settings
// on each server line.
func Parse(set, scenarios, to []string) ([]aggregate.Scenario, error) {
	var groups []aggregate.Scenario
	if len(set) > 0 {
		list, err := settings("--set", set)
		if err != nil {
			return nil, err
		}
		groups = append(groups, aggregate.Scenario{Name: settingsName(list), Settings: list})
	}
	for _, arg := range scenarios {
		name, rest, ok := strings.Cut(arg, "=")
		if !ok || name == "" || !strings.Contains(rest, "=") {
			return nil, usage.Errorf("--scenario %q is not NAME=SETTING=VALUE,...", arg).Hint("for example --scenario big=hash-max-listpack-entries=4096,set-max-intset-entries=4096")
		}
		list, err := settings("--scenario", strings.Split(rest, ","))
		if err != nil {
			return nil, err
		}
		groups = append(groups, aggregate.Scenario{Name: name, Settings: list})
	}
	if len(to) == 0 {
		return groups, nil
	}
	if len(groups) == 0 {
		groups = []aggregate.Scenario{{}}
	}
	var out []aggregate.Scenario
	for _, line := range to {
		server, err := memory.ParseServer(line)
		if err != nil {
			e := usage.Errorf("--to: %v", err)
			if n := usage.Nearest(line, serverfile.Servers()); n != "" {
				return nil, e.Hint("did you mean %s?", n)
			}
			return nil, e
		}
		for _, g := range groups {
			name := line
			if g.Name != "" {
				name += ", " + g.Name
			}
			out = append(out, aggregate.Scenario{Name: name, Server: server.String(), Settings: g.Settings})
		}
	}
	return out, nil
}

func settingsName(list []aggregate.Setting) string {
	var names []string
	for _, s := range list {
		names = append(names, s.Name+"="+s.Value)
	}
	return strings.Join(names, ", ")
}

// Sweepable are the settings that have a curve.
func Sweepable() []string {
	return slices.DeleteFunc(memory.SettingNames(), func(n string) bool { return strings.HasPrefix(n, "maxmemory") })
}

// ParseSweep reads one --sweep; base are the settings in force.
func ParseSweep(arg string, base memory.Config) (aggregate.Sweep, error) {
	name, list, given := strings.Cut(arg, "=")
	name, err := settingName("--sweep", strings.TrimSpace(name))
	if err != nil {
		return aggregate.Sweep{}, err
	}
	if !slices.Contains(Sweepable(), name) {
		return aggregate.Sweep{}, usage.Errorf("--sweep: %s has no curve", name).Hint("settings: %s", strings.Join(Sweepable(), ", "))
	}
	value, _ := base.Get(name)
	now, _ := strconv.ParseInt(value, 10, 64) // what is swept is a number
	s := aggregate.Sweep{Setting: name}
	if !given {
		s.Values = sweepValues(name, now)
		return s, nil
	}
	s.Values = append(s.Values, now)
	for _, v := range strings.Split(list, ",") {
		x, err := setting("--sweep", name+"="+v)
		if err != nil {
			return s, err
		}
		n, _ := strconv.ParseInt(x.Value, 10, 64)
		s.Values = append(s.Values, n)
	}
	s.Values = inOrder(name, s.Values)
	return s, nil
}

// sweepValues are sensible values of a setting, the one in force among them:
// fractions and multiples of limits, every size of a list node, few depths.
func sweepValues(name string, now int64) []int64 {
	values := []int64{now}
	lowest, highest, _ := memory.SettingRange(name)
	scale := func(of, down, up int64) {
		for f := down; f > 1; f /= 2 {
			values = append(values, of/f)
		}
		for f := int64(1); f <= up; f *= 2 {
			if of <= highest/f {
				values = append(values, of*f)
			}
		}
	}
	switch {
	case name == "list-max-listpack-size":
		values = append(values, -1, -2, -3, -4, -5)
	case name == "list-compress-depth":
		values = append(values, 0, 1, 2, 3, 4)
	case name == "array-sparse-kmax":
		values = append(values, 0)
		scale(max(now, 10), 2, 8)
	case name == "array-slice-size":
		scale(4096, 16, 16)
	case strings.HasSuffix(name, "-value"):
		scale(max(now, 64), 4, 16)
	default:
		scale(max(now, 128), 8, 16)
	}
	values = slices.DeleteFunc(values, func(v int64) bool { return v < lowest || v > highest })
	return inOrder(name, values)
}

// inOrder sorts values by what they allow: of list-max-listpack-size -5 is more
// than -1.
func inOrder(name string, values []int64) []int64 {
	slices.Sort(values)
	values = slices.Compact(values)
	if name == "list-max-listpack-size" {
		n := 0
		for n < len(values) && values[n] < 0 {
			n++
		}
		slices.Reverse(values[:n])
	}
	return values
}
