package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/cmd/internal/serverfile"
	"github.com/rdblens/rdblens/cmd/internal/usage"
)

// version is the version this binary was built from: a tag, or the commit.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	if v != "" && v != "(devel)" {
		return v
	}
	var revision, dirty string
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			revision = s.Value[:min(len(s.Value), 12)]
		case "vcs.modified":
			if s.Value == "true" {
				dirty = "+changes"
			}
		}
	}
	if revision == "" {
		return "(devel)"
	}
	return "(devel " + revision + dirty + ")"
}

// tool names this program in what it writes.
func tool() aggregate.Tool { return aggregate.Tool{Name: "rdblens", Version: version()} }

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "the version, and the server lines it knows",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(a.stdout, "rdblens %s\nbuilt with %s for %s/%s\nserver lines: %s\n",
				version(), runtime.Version(), runtime.GOOS, runtime.GOARCH, strings.Join(serverfile.Servers(), " "))
			return err
		},
	}
}

// noArgs refuses arguments.
func noArgs(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage.Errorf("rdblens %s takes no arguments, got %q", c.Name(), args[0])
	}
	return nil
}
