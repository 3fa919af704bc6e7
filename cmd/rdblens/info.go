package main

import (
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/cmd/internal/serverfile"
	"github.com/rdblens/rdblens/cmd/internal/source"
	"github.com/rdblens/rdblens/cmd/internal/usage"
)

// infoFlag is what the live server said beside the dump.
type infoFlag string

func (f *infoFlag) add(fs *pflag.FlagSet) {
	fs.StringVar((*string)(f), "info", "", "what the live server said: a `FILE` with INFO, CONFIG GET * and MEMORY STATS as redis-cli prints them, in any order (default: DUMP.info, where there is one)")
}

// read is the file of the flag.
func (f infoFlag) read() []inputFile {
	if f == "" {
		return nil
	}
	return []inputFile{{"--info", string(f)}}
}

// attachInfo reads what the servers of sources said: the file of the flag, which is of a
// single source, or else the file beside each.
func (a *app) attachInfo(set *source.Set, f infoFlag) error {
	a.live = make(map[*source.Source]*aggregate.LiveInput)
	if f != "" {
		if len(set.Sources) != 1 {
			return usage.Errorf("--info is what one server said, and there are %d sources", len(set.Sources)).
				Hint("put each server's file beside its dump, as dump.rdb.info")
		}
		in, err := serverfile.ReadLive(string(f))
		if err != nil {
			return usage.Errorf("--info %s: %v", f, err)
		}
		a.live[set.Sources[0]] = in
		return nil
	}
	for _, s := range set.Sources {
		path := serverfile.Beside(s.Path())
		if path == "" {
			continue
		}
		in, err := serverfile.ReadLive(path)
		if err != nil {
			a.msg.warnf("%s: %v: it is left out", source.Printable(path), err)
			continue
		}
		a.msg.hintf("%s was read beside %s", source.Printable(path), s.Name)
		a.live[s] = in
	}
	return nil
}

// keepInfo takes the files beside dumps out of those that were skipped.
func keepInfo(set *source.Set) {
	if !slices.ContainsFunc(set.Skipped, func(x source.Skip) bool { return strings.HasSuffix(x.Name, serverfile.LiveSuffix) }) {
		return
	}
	beside := make(map[string]bool)
	for _, s := range set.Sources {
		beside[source.Printable(serverfile.Beside(s.Path()))] = true
	}
	set.Skipped = slices.DeleteFunc(set.Skipped, func(x source.Skip) bool { return beside[x.Name] })
}
