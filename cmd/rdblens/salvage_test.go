package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/parser/rdbtest"
)

// salvaged runs check, keys and report over a damaged dump and returns how many keys
// each of them finds, with the exit codes and what check found damaged.
func salvaged(t *testing.T, dump []byte, more ...string) (keys [3]int64, codes [3]int, damages string) {
	t.Helper()
	for i, command := range []string{"check", "keys", "report"} {
		args := append([]string{command, "-", "--salvage"}, more...)
		if command != "keys" {
			args = append(args, "-f", "json")
		}
		var out, errs bytes.Buffer
		codes[i] = run(t.Context(), args, bytes.NewReader(dump), &out, &errs, func(string) string { return "" })
		switch command {
		case "keys":
			rows, err := csv.NewReader(&out).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			keys[i] = int64(max(len(rows)-1, 0))
		default:
			var r struct {
				Totals  struct{ Keys int64 }
				Sources []struct {
					Keys   int64
					Error  string
					Damage json.RawMessage
				}
			}
			if err := json.Unmarshal(out.Bytes(), &r); err != nil {
				t.Fatalf("%s: %v %s", command, err, &errs)
			}
			keys[i] = r.Totals.Keys
			if command == "check" {
				keys[i], damages = r.Sources[0].Keys, r.Sources[0].Error+string(r.Sources[0].Damage)
			}
		}
	}
	return keys, codes, damages
}

// TestSalvageAgrees: check, keys and report go on behind the same damage at the same
// places.
func TestSalvageAgrees(t *testing.T) {
	demo, err := os.ReadFile("../../testdata/demo.rdb")
	if err != nil {
		t.Fatal(err)
	}
	kinds := head(10).SelectDB(0)
	for i := range 400 {
		kinds.Put(fmt.Sprintf("h:%d", i), rdbtest.HashListpack(rdbtest.Plain(rdbtest.NewListpack("a", "b", "c", strings.Repeat("d", i%90)).Bytes())))
		kinds.Put(fmt.Sprintf("s:%d", i), rdbtest.String(rdbtest.Plain(strings.Repeat("v", i%50))))
		kinds.Put(fmt.Sprintf("z:%d", i), rdbtest.ZsetListpack(rdbtest.Plain(rdbtest.NewListpack("a", "1", "b", "2").Bytes())))
	}
	small := kinds.EOF().Bytes()
	rng := rand.New(rand.NewPCG(7, 16))
	rounds := 60
	if testing.Short() {
		rounds = 12
	}
	for i := range rounds {
		for name, whole := range map[string][]byte{"small": small, "demo": demo[:min(len(demo), 400_000)]} {
			dump := bytes.Clone(whole)
			for range 1 + rng.IntN(4) {
				at := 9 + rng.IntN(len(dump)-9)
				switch rng.IntN(4) {
				case 0:
					dump[at] ^= 1 << rng.IntN(8)
				case 1:
					dump[at] = 0xff
				case 2:
					for j := at; j < min(len(dump), at+rng.IntN(300)); j++ {
						dump[j] = byte(rng.IntN(256))
					}
				default:
					dump = append(dump[:at:at], dump[min(len(dump), at+1+rng.IntN(20)):]...)
				}
			}
			keys, codes, damages := salvaged(t, dump)
			if keys[0] != keys[1] || keys[0] != keys[2] {
				t.Errorf("%s %d: check finds %d keys, keys %d, report %d (exit codes %d): %s", name, i, keys[0], keys[1], keys[2], codes, damages)
			}
		}
	}
}

// TestFalseEnd: an EOF opcode in the midst of a dump is damage.
func TestFalseEnd(t *testing.T) {
	w := head(10).SelectDB(0)
	var ends []int
	for i := range 200 {
		ends = append(ends, len(w.Bytes()))
		w.Put(fmt.Sprintf("k:%03d", i), rdbtest.String(rdbtest.Plain("a value of some length")))
	}
	whole := w.EOF().Bytes()
	for _, at := range []int{ends[20], ends[150]} { // where a type stands
		dump := bytes.Clone(whole)
		dump[at] = 0xff
		keys, codes, damages := salvaged(t, dump)
		if keys != [3]int64{199, 199, 199} || codes != [3]int{exitPartial, exitPartial, exitPartial} || !strings.Contains(damages, "EOF") {
			t.Errorf("at %d: %d keys, exit codes %d, %s", at, keys, codes, damages)
		}
		code, out, errs := stdinRun(t, dump, "keys", "-")
		if code != exitPartial || strings.Count(out, "\n") < 20 || !strings.Contains(errs, fmt.Sprintf("offset %d", at)) || !strings.Contains(errs, "neither that of the source nor followed by its checksum") {
			t.Errorf("at %d: %d %s", at, code, errs)
		}
		// A second one behind the damage, where no checksum is computed any more.
		dump[ends[180]] = 0xff
		if keys, codes, _ := salvaged(t, dump); keys != [3]int64{198, 198, 198} || codes[1] != exitPartial {
			t.Errorf("at %d, twice: %d keys, exit codes %d", at, keys, codes)
		}
	}
	// What follows a footer that is whole is no damage.
	for _, tail := range []string{"garbage", "\n", "*1\r\n$4\r\nPING\r\n", string(whole)} {
		for _, more := range []string{"--salvage", "--no-checksum", "--deep"} {
			code, out, errs := stdinRun(t, append(bytes.Clone(whole), tail...), "keys", "-", more)
			if strings.Count(out, "\n") != 201 || code != exitOK && !strings.HasPrefix(tail, "*") {
				t.Errorf("%s, %.9q behind the dump: %d, %d lines: %s", more, tail, code, strings.Count(out, "\n"), errs)
			}
		}
	}
	// A footer that does not match at the end is a bad checksum as ever.
	bad := bytes.Clone(whole)
	bad[len(bad)-1] ^= 1
	if code, out, errs := stdinRun(t, bad, "keys", "-"); code != exitPartial || strings.Count(out, "\n") != 201 || !strings.Contains(errs, "checksum") {
		t.Errorf("%d %s", code, errs)
	}
}

// stdinRun runs a command line over standard input.
func stdinRun(t *testing.T, in []byte, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), args, bytes.NewReader(in), &o, &e, func(string) string { return "" })
	return code, o.String(), e.String()
}
