package memory_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

func gunzip(t *testing.T, path string) []byte {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// tally compares the sizes of one type.
type tally struct {
	keys, equal, claimed, wrong, beyond, unbounded int
	server, model                                  int64
}

// TestModuleTruth holds the sizes of values of modules against what a server with the
// module said of each: see testdata/modules/README.md.
func TestModuleTruth(t *testing.T) {
	folder := filepath.Join("..", "..", "testdata", "modules")
	for name, types := range map[string]int{
		"redis-7.0-debian--bloom-2.8.9": 5, "redis-7.0-debian--bloom-8.8.0": 5,
		"redis-7.0-debian--timeseries-1.4.10": 1, "redis-7.0-debian--timeseries-1.12.9": 1,
	} {
		t.Run(name, func(t *testing.T) {
			server := map[string]int64{}
			for line := range strings.Lines(string(gunzip(t, filepath.Join(folder, name+".tsv.gz")))) {
				f := strings.Split(strings.TrimSpace(line), "\t")
				n, err := strconv.ParseInt(f[2], 10, 64)
				if err != nil {
					t.Fatal(err)
				}
				server[f[0]] = n
			}
			p := memory.Profile{Server: mustServer(t, "redis-7.0"), Allocator: memory.JemallocDebian, Config: memory.DefaultConfig()}
			dump := gunzip(t, filepath.Join(folder, name+".rdb.gz"))
			// The callback of a module that comes with Redis 8 is that of its line, what
			// the server adds that of the one that loaded it.
			own := map[string]int64{}
			if strings.HasSuffix(name, "8.8.0") {
				for _, line := range []string{"redis-8.8", "redis-7.0"} {
					q := p
					q.Server = mustServer(t, line)
					sign := int64(1)
					if line == "redis-7.0" {
						sign = -1
					}
					sizeBytes(t, dump, q, true, func(k *parser.Key, _ memory.Size, m memory.Meter) {
						for _, term := range m.Terms() {
							if strings.Contains(term.Source, "RedisBloom") {
								own[string(k.Name)] += sign * term.Bytes
							}
						}
					})
				}
			}
			by := map[string]*tally{}
			sizeBytes(t, dump, p, false, func(k *parser.Key, s memory.Size, m memory.Meter) {
				x := by[k.Module.Name]
				if x == nil {
					x = new(tally)
					by[k.Module.Name] = x
				}
				want, known := server[string(k.Name)]
				if !known {
					t.Fatalf("the server has no key %q", k.Name)
				}
				delete(server, string(k.Name))
				got := s.Bytes + own[string(k.Name)]
				x.keys++
				x.server += want
				x.model += got
				off := max(got-want, want-got)
				if off == 0 {
					x.equal++
				}
				if s.Exact {
					x.claimed++
					if off != 0 {
						x.wrong++
					}
				}
				if s.Unbounded {
					x.unbounded++
				} else if !s.Exact && off > s.Error {
					x.beyond++
				}
				if f := m.Figures(); f == nil {
					t.Errorf("%s has no figures", k.Name)
				}
			})
			if len(by) != types || len(server) > 0 {
				t.Errorf("%d types; %d keys of the server are not in the dump", len(by), len(server))
			}
			for typ, x := range by {
				line := fmt.Sprintf("%s: %d keys, %d equal, %d called exact, %d beyond their bound, server %d, model %d bytes", typ, x.keys, x.equal, x.claimed, x.beyond, x.server, x.model)
				t.Log(line)
				if x.keys < 300 || x.wrong > 0 || x.unbounded > 0 || 20*x.beyond > x.keys || x.equal < x.keys || x.model != x.server {
					t.Error(line)
				}
			}
		})
	}
}
