package e2e

import (
	"bytes"
	"embed"
	order "encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

//go:embed browser
var browserFiles embed.FS

// savedAt is when the dumps of these tests say they were saved, ms since the epoch.
const savedAt = 1795140011000

// dump writes RDB of strings, without a checksum.
type dump struct{ bytes.Buffer }

func newDump() *dump {
	d := new(dump)
	d.WriteString("REDIS0011")
	for _, aux := range [][2]string{{"redis-ver", "7.2.4"}, {"ctime", fmt.Sprint(savedAt / 1000)}, {"used-mem", "30000000"}} {
		d.WriteByte(0xfa)
		d.text(aux[0])
		d.text(aux[1])
	}
	d.Write([]byte{0xfe, 0})
	return d
}

// text writes a length of four bytes and a string.
func (d *dump) text(s string) {
	d.WriteByte(0x80)
	d.Write(order.BigEndian.AppendUint32(nil, uint32(len(s))))
	d.WriteString(s)
}

// put writes a key; ttl is in ms from savedAt on, 0 for none, idle in seconds.
func (d *dump) put(key, value string, ttl, idle uint64) {
	if ttl > 0 {
		d.WriteByte(0xfc)
		d.Write(order.LittleEndian.AppendUint64(nil, savedAt+ttl))
	}
	d.Write([]byte{0xf8, 0x80})
	d.Write(order.BigEndian.AppendUint32(nil, uint32(idle)))
	d.WriteByte(0)
	d.text(key)
	d.text(value)
}

// save ends the dump; a checksum of zero is none.
func (d *dump) save(t *testing.T, path string) string {
	t.Helper()
	d.WriteByte(0xff)
	d.Write(make([]byte, 8))
	if err := os.WriteFile(path, d.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// manyPatterns has 2,000 names with five patterns each.
func manyPatterns(t *testing.T, path string) string {
	random := rand.New(rand.NewPCG(1, 2))
	word := func() string {
		var b strings.Builder
		for range 2 + random.IntN(3) {
			b.WriteByte("bcdfghklmnprstvwz"[random.IntN(17)])
			b.WriteByte("aeiou"[random.IntN(5)])
		}
		b.WriteByte("bcdfghklmnprstvwz"[random.IntN(17)])
		return b.String()
	}
	d := newDump()
	seen := map[string]bool{}
	for len(seen) < 2000 {
		name := word()
		if seen[name] {
			continue
		}
		seen[name] = true
		for _, field := range []string{"profile", "settings", "totals", "recent", "index"} {
			// Of one pattern alike: a report keeps so many patterns apart, but not with
			// histograms of everything each.
			size, idle := 40+random.IntN(1+random.IntN(3000)), uint64(random.IntN(1+random.IntN(5_000_000)))
			for range []int{1, 1, 2, 3}[random.IntN(4)] {
				d.put(fmt.Sprintf("%s:%s:%d", name, field, random.IntN(1_000_000)), strings.Repeat("v", size+random.IntN(20)), uint64(random.IntN(2))*uint64(1+random.IntN(30*86_400_000)), idle)
			}
		}
	}
	return d.save(t, path)
}

// hostileNames has keys that would be markup, formulas, or turn text around.
func hostileNames(t *testing.T, path string) string {
	d := newDump()
	for i, name := range []string{
		"<script>pwned=name</script>", "</script><script>pwned=name</script>", `"><img src=x onerror=pwned=name>`, "' onclick='pwned=name", "rtl\u202egnp.exe", "nul\x00byte",
		"line\u2028sep\u2029", "=cmd|x", "<!--<script>", "\xff\xfe\xfd", "{{constructor}}", "__proto__", "javascript:pwned=name", "\x1b[31mred", "long:" + strings.Repeat("L", 1<<20),
	} {
		d.put(name, strings.Repeat("v", 100+i), 0, 60)
	}
	return d.save(t, path)
}

// wanted are checks that must have run, by how their names begin.
var wanted = []string{
	"10,000 groups open", "10,000 groups sort", "10,000 groups filter", "the fragment brings", "CSV has", "Enter opens", "the drawer has", "all boxes", "no choice is more",
	"hostile names are inert", "hostile names are to be seen", "an injected script", "no request", "400 px", "axe finds nothing: light", "axe finds nothing: dark", "axe finds nothing: whatif",
	"the page is built: diff",
}

// TestHTML drives Chromium through pages of all kinds: see browser/check.mjs.
func TestHTML(t *testing.T) {
	chromium := need(t, "chromium", "chromium-browser", "google-chrome")
	dir := installed(t, browserFiles, "browser")
	work := t.TempDir()
	at := func(name string) string { return filepath.Join(work, name) }
	demo, grown := filepath.Join("..", "..", "testdata", "demo.rdb"), at("grown.rdb")
	bigger := newDump()
	for i := range 500 {
		bigger.put(fmt.Sprintf("grown:%d", i), strings.Repeat("v", 200), 0, 5)
	}
	bigger.save(t, grown)
	whole, err := os.ReadFile(demo)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(at("cut.rdb"), whole[:len(whole)/2], 0o644); err != nil {
		t.Fatal(err)
	}
	pages := map[string]string{}
	for name, args := range map[string][]string{
		"many":    {"report", "--top", "10000", manyPatterns(t, at("many.rdb"))},
		"hostile": {"report", "--top", "100", hostileNames(t, at("hostile.rdb"))},
		"demo":    {"report", demo},
		"empty":   {"report", newDump().save(t, at("empty.rdb"))},
		"partial": {"report", at("cut.rdb")},
		"sources": {"report", demo, grown},
		"diff":    {"diff", demo, grown},
		"whatif":  {"whatif", demo, "--set", "hash-max-listpack-entries=1024", "--sweep", "set-max-intset-entries"},
	} {
		pages[name] = at(name + ".html")
		cmd := exec.Command(binary, append(args, "-q", "-o", pages[name])...)
		if out, err := cmd.CombinedOutput(); err != nil && name != "partial" {
			t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	if info, err := os.Stat(pages["many"]); err != nil || info.Size() >= 1e6 {
		t.Errorf("a page of 10,000 groups is %d bytes, %v", info.Size(), err)
	}
	downloads := t.TempDir()
	in, err := json.Marshal(map[string]any{"chromium": chromium, "pages": pages, "downloads": downloads})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", "check.mjs")
	cmd.Dir = dir
	cmd.Stdin = bytes.NewReader(in)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("the browser: %v\n%s", err, stderr.Bytes())
	}
	var checks []struct {
		Name, Got string
		OK        bool
	}
	if err := json.Unmarshal(stdout.Bytes(), &checks); err != nil {
		t.Fatalf("decode what the browser says: %v\n%s", err, stdout.Bytes())
	}
	for _, c := range checks {
		if !c.OK {
			t.Errorf("%s: %s", c.Name, c.Got)
		} else {
			t.Logf("%s: %.100s", c.Name, c.Got)
		}
	}
	for _, w := range wanted {
		ran := false
		for _, c := range checks {
			ran = ran || strings.HasPrefix(c.Name, w)
		}
		if !ran {
			t.Errorf("was not looked at: %s", w)
		}
	}
}
