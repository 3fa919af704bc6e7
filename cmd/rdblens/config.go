package main

import (
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/cmd/internal/destination"
	"github.com/rdblens/rdblens/cmd/internal/output"
	"github.com/rdblens/rdblens/cmd/internal/progress"
	"github.com/rdblens/rdblens/cmd/internal/serverfile"
	"github.com/rdblens/rdblens/cmd/internal/source"
	"github.com/rdblens/rdblens/cmd/internal/usage"
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
		return nil, usage.Errorf("%v", err)
	}
	return c, nil
}

// addFormat adds -f.
func addFormat(c *cobra.Command, value *string, f *destination.Formats) {
	c.Flags().StringVarP(value, "format", "f", "", "`FORMAT` of standard output: "+strings.Join(f.Names(), ", ")+" (default "+f.Names()[0]+")")
	complete(c, "format", f.Names())
}

// complete offers fixed values for a flag on the command line.
func complete(c *cobra.Command, flag string, values []string) {
	// The error is for a flag that does not exist.
	_ = c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}

// completeModel offers values for the flags that most commands have.
func completeModel(c *cobra.Command) {
	complete(c, "server", append([]string{"auto"}, serverfile.Servers()...))
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

// outputs returns an empty set of output files that will not overwrite a source, nor
// what else the run reads, nor what standard output and standard error are redirected
// into.
func (a *app) outputs(set *source.Set, read ...inputFile) (*output.Set, error) {
	outs := output.New(set.Sources)
	a.mu.Lock()
	a.outs = append(a.outs, outs)
	a.mu.Unlock()
	for _, r := range read {
		outs.Protect(r.path, "the file of "+r.flag)
	}
	for _, stream := range []struct {
		w    io.Writer
		what string
	}{{a.stdout, "standard output"}, {a.stderr, "standard error"}} {
		f, ok := stream.w.(*os.File)
		if !ok {
			continue
		}
		info, err := f.Stat()
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		for _, s := range set.Sources {
			if s.IsFile(info) {
				return nil, usage.Errorf("%s is a source, and %s is redirected into it", s.Name, stream.what)
			}
		}
		outs.ProtectFile(info, stream.what)
	}
	return outs, nil
}

// sayLeft warns of files in the directory of a dataset that readers will take for a
// part of it, and that stay because they are not known to be.
func (a *app) sayLeft(dir *output.Directory) {
	for _, name := range dir.Left() {
		a.msg.warnf("%s is called like a part of the dataset and is none: it was left where it is", name)
	}
}
