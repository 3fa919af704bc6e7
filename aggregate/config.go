package aggregate

import "github.com/rdblens/rdblens/aggregate/internal/config"

// ValidateConfig reports what is wrong with a configuration; nil is all defaults,
// with which nothing is. The error names the field.
func ValidateConfig(c *Config) error {
	_, err := config.WithDefaults(c)
	return err
}

// SameConfig returns nil when summaries made with two configurations can be
// merged, what is wrong with one of them, or the first difference, a
// *ConfigMismatch. Defaults are filled in first; nil is all defaults.
func SameConfig(a, b *Config) error {
	x, err := config.WithDefaults(a)
	if err != nil {
		return err
	}
	y, err := config.WithDefaults(b)
	if err != nil {
		return err
	}
	if m := config.Differ(&x, &y); m != nil {
		return m
	}
	return nil
}
