//go:build unix

package main

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestKill9 kills the program at moments all over its run and around its end: each
// file is whole, old or new, and so is each directory; the next run leaves nothing
// hidden.
func TestKill9(t *testing.T) {
	moments, keys := 20, 50_000 // of each command; of the dump
	if n, err := strconv.Atoi(os.Getenv("RDBLENS_KILLS")); err == nil {
		moments = n
	} else if testing.Short() {
		moments, keys = 2, 10_000
	}
	dump := bigDump(keys)
	for _, args := range []string{
		fmt.Sprint("keys big.rdb -q -o k.csv -o k.parquet -o rows/ --rows-per-file ", keys*2/5),
		"report big.rdb -q -o r.json -o r.txt -o p.rdbpart -o tables/ --keys k.csv.gz",
		"report big.rdb -q -o r.json -o tables/ --keys tables/",
	} {
		t.Run(strings.Fields(args)[0]+" "+strings.Fields(args)[4], func(t *testing.T) {
			t.Chdir(t.TempDir())
			if err := os.WriteFile("big.rdb", dump, 0o666); err != nil {
				t.Fatal(err)
			}
			run := func() time.Duration {
				start := time.Now()
				if out, err := program(t, strings.Fields(args)...).CombinedOutput(); err != nil {
					t.Fatalf("%v: %s", err, out)
				}
				return time.Since(start)
			}
			took := run()
			if !testing.Short() {
				took = min(took, run())
			}
			whole := hashes(t)
			outcomes := map[string]int{}
			for i := range moments {
				// Half of them are around the end, where names change.
				at := took * time.Duration(i) / time.Duration(moments)
				if i%2 == 1 {
					at = took*3/4 + took*time.Duration(i)/time.Duration(2*moments)
				}
				old := i%4 < 2
				for name := range whole {
					if name == "big.rdb" {
						continue
					}
					if err := os.Remove(name); err != nil {
						t.Fatal(err)
					}
					if old {
						if err := os.WriteFile(name, []byte("old"), 0o666); err != nil {
							t.Fatal(err)
						}
					}
				}
				cmd := program(t, strings.Fields(args)...)
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				time.Sleep(at)
				_ = cmd.Process.Kill() // it may have ended
				_ = cmd.Wait()
				outcomes[afterKill(t, whole, old, at)]++
				run()
				for name, hash := range hashes(t) {
					if whole[name] != hash {
						t.Errorf("after %v and another run: %s is not what it should be", at, name)
					}
				}
				if t.Failed() {
					return
				}
			}
			t.Logf("of %d moments within %v: %v", moments, took, outcomes)
		})
	}
}

// afterKill checks what a killed run has left, and returns it in words.
func afterKill(t *testing.T, whole map[string][32]byte, old bool, at time.Duration) string {
	t.Helper()
	now := hashes(t)
	groups := map[string]string{}
	for name, want := range whole {
		state := "old"
		switch got, ok := now[name]; {
		case ok && got == want:
			state = "new"
		case ok && (!old || got != sha256.Sum256([]byte("old"))), !ok && old:
			t.Errorf("killed after %v: %s is broken", at, name)
		}
		if name == "big.rdb" {
			continue
		}
		group := name
		if dir := filepath.Dir(name); dir != "." {
			group = dir
		}
		if before, ok := groups[group]; ok && before != state {
			t.Errorf("killed after %v: %s is half old, half new: %s is %s", at, group, name, state)
		}
		groups[group] = state
	}
	states := map[string]bool{}
	for _, s := range groups {
		states[s] = true
	}
	return fmt.Sprintf("old %v, new %v", states["old"], states["new"])
}

// hashes are those of all files below the working directory, hidden ones of ours
// included, by name.
func hashes(t *testing.T) map[string][32]byte {
	t.Helper()
	sums := map[string][32]byte{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		sums[path] = sha256.Sum256(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sums
}
