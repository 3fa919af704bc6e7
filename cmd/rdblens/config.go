package main

import (
	"context"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/cmd/internal/output"
	"github.com/rdblens/rdblens/cmd/internal/progress"
	"github.com/rdblens/rdblens/cmd/internal/source"
	"github.com/rdblens/rdblens/parser"
)

// config builds the settings of an analysis from the flag groups.
func config(model *modelFlags, filter *filterFlags, analysis *analysisFlags, run *runFlags) (*aggregate.Config, error) {
	p, err := model.profile()
	if err != nil {
		return nil, err
	}
	filters, err := filter.filters()
	if err != nil {
		return nil, err
	}
	c, err := analysis.config(p, filters, run.noChecksum)
	if err != nil {
		return nil, err
	}
	if err := aggregate.ValidateConfig(c); err != nil {
		return nil, usagef("%v", err)
	}
	return c, nil
}

// addFormat adds -f.
func addFormat(c *cobra.Command, value *string, f *formats) {
	c.Flags().StringVarP(value, "format", "f", "", "`FORMAT` of standard output: "+strings.Join(f.names(), ", ")+" (default "+f.names()[0]+")")
	complete(c, "format", f.names())
}

// complete offers fixed values for a flag on the command line.
func complete(c *cobra.Command, flag string, values []string) {
	// The error is for a flag that does not exist.
	_ = c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}

// completeModel offers values for the flags that most commands have.
func completeModel(c *cobra.Command) {
	complete(c, "server", append([]string{"auto"}, serverNames()...))
	complete(c, "allocator", []string{memory.Jemalloc.String(), memory.JemallocDebian.String(), memory.Libc.String()})
	complete(c, "progress", progress.Modes)
	complete(c, "ttl", []string{"none", "any", "expired"})
	complete(c, "type", typeWords())
}

// typeWords are the words of TYPE that --type takes.
func typeWords() (words []string) {
	for t := range parser.DataTypeOther {
		words = append(words, t.String())
	}
	return words
}

// outputs returns an empty set of output files that will not overwrite a source.
func (a *app) outputs(set *source.Set) (*output.Set, error) {
	if f, ok := a.stdout.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			for _, s := range set.Sources {
				if s.IsFile(info) {
					return nil, usagef("%s is a source, and standard output is redirected into it", s.Name)
				}
			}
		}
	}
	return output.New(set.Sources), nil
}

// interruptedError is the interrupt that ended ctx, nil if none did.
func interruptedError(ctx context.Context) error {
	if ie := interrupted(ctx); ie != nil {
		return ie
	}
	return nil
}
