package memory_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// TestSavings sizes keys under settings that were really changed on a server:
// what the model says of them before and after is what the server said, and the
// keys' compact forms foretell it.
func TestSavings(t *testing.T) {
	_, shared := truthDirs(t)
	if shared == "" {
		t.Skip("../shared is absent")
	}
	dir := filepath.Join(filepath.Dir(shared), "advice")
	data, err := os.ReadFile(filepath.Join(dir, "shop-redis-7.4.json"))
	if err != nil {
		t.Skipf("no truth for savings: %v", err)
	}
	var truth struct {
		Dump  string
		Cases []struct {
			Case         string
			Pattern      string
			KeysBefore   int   `json:"keys_before"`
			MemoryBefore int64 `json:"memory_before"`
			MemoryAfter  int64 `json:"memory_after"`
			UsedBefore   int64 `json:"used_memory_before"`
			UsedAfter    int64 `json:"used_memory_after"`
			Config       []string
		}
	}
	if err := json.Unmarshal(data, &truth); err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, c := range truth.Cases {
		if len(c.Config) == 0 {
			continue
		}
		compared++
		t.Run(c.Case, func(t *testing.T) {
			prefix, _, _ := strings.Cut(c.Pattern, "{")
			p := memory.Profile{Server: mustServer(t, "redis-7.4"), Config: memory.DefaultConfig()}
			changed := p
			for i := 0; i+1 < len(c.Config); i += 2 {
				if known, err := changed.Config.Set(strings.TrimPrefix(c.Config[i], "--"), c.Config[i+1]); !known || err != nil {
					t.Fatalf("%v: %v", c.Config, err)
				}
			}
			type sums struct{ keys, memory, resident, off int64 }
			sum := func(p memory.Profile) (s sums, compact sums) {
				sizeDump(t, filepath.Join(dir, truth.Dump), p, false, func(k *parser.Key, size memory.Size, _ memory.Meter) {
					if !strings.HasPrefix(string(k.Name), prefix) {
						return
					}
					s.keys++
					s.memory += size.Bytes
					s.resident += size.Resident
					s.off += size.Error
					if size.Compact > 0 {
						compact.keys++
						compact.memory += size.Compact
						compact.resident += size.CompactResident
					}
				})
				return s, compact
			}
			before, compact := sum(p)
			after, _ := sum(changed)
			if before.keys != int64(c.KeysBefore) {
				t.Fatalf("%d keys, want %d", before.keys, c.KeysBefore)
			}
			if d := before.memory - c.MemoryBefore; max(d, -d) > before.off {
				t.Errorf("before: %d ± %d, the server said %d", before.memory, before.off, c.MemoryBefore)
			}
			if d := after.memory - c.MemoryAfter; max(d, -d) > after.off {
				t.Errorf("after: %d ± %d, the server said %d", after.memory, after.off, c.MemoryAfter)
			}
			if compact.keys == before.keys && compact.memory != after.memory {
				t.Errorf("the compact forms take %d, the changed setting %d", compact.memory, after.memory)
			}
			saved, really := before.resident-after.resident, c.UsedBefore-c.UsedAfter
			if d := saved - really; max(d, -d) > really/100+1024 {
				t.Errorf("%d bytes are saved in used_memory, the server saved %d", saved, really)
			}
		})
	}
	if compared == 0 {
		t.Error("no case changes a setting")
	}
}
