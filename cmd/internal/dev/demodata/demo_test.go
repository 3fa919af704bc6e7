package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// shipped is where the generated files lie in the repository.
const shipped = "../../../../testdata"

// maxDump keeps the repository small.
const maxDump = 5_000_000

// TestGeneratorWritesWhatIsShipped runs the generator and compares its keys,
// types and encodings with the files in testdata.
func TestGeneratorWritesWhatIsShipped(t *testing.T) {
	if testing.Short() {
		t.Skip("long: fills a server twice")
	}
	needServer(t)
	dir := t.TempDir()
	if err := run(context.Background(), []string{"-o", dir}); err != nil {
		t.Fatal(err)
	}
	gotInfo, wantInfo := readInfo(t, dir), readInfo(t, shipped)
	// Encodings are those of the server's line.
	columns := 4
	if gotInfo.Loaded["redis_version"] != wantInfo.Loaded["redis_version"] {
		columns = 3
	}
	got, want := readTruth(t, dir, columns), readTruth(t, shipped, columns)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("demo.tsv.gz differs from the shipped one; run make demo-data (-shipped +generated):\n%.4000s", diff)
	}
	if gotInfo.KeysInDump != wantInfo.KeysInDump || gotInfo.Keys != wantInfo.Keys {
		t.Errorf("%d keys in the dump and %d loaded; shipped %d and %d",
			gotInfo.KeysInDump, gotInfo.Keys, wantInfo.KeysInDump, wantInfo.Keys)
	}
	if fi, err := os.Stat(filepath.Join(dir, "demo.rdb")); err != nil || fi.Size() > maxDump {
		t.Errorf("dump: %v, want at most %d bytes", fi, maxDump)
	}
}

// TestShippedTruth holds demo.json against demo.tsv.gz and demo.rdb.
func TestShippedTruth(t *testing.T) {
	rows, info := readTruth(t, shipped, 4), readInfo(t, shipped)
	if int64(len(rows)) != info.Keys || info.Keys+expiredKeys != info.KeysInDump {
		t.Errorf("%d rows, %d keys, %d in the dump, %d expired", len(rows), info.Keys, info.KeysInDump, expiredKeys)
	}
	fi, err := os.Stat(filepath.Join(shipped, info.Dump))
	if err != nil {
		t.Fatal(err)
	}
	if fi.Size() > maxDump {
		t.Errorf("dump of %d bytes, want at most %d", fi.Size(), maxDump)
	}
}

// needServer skips, or fails where everything must run, without redis-server.
func needServer(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		if os.Getenv("RDBLENS_CI") != "" {
			t.Fatalf("redis-server is required: %v", err)
		}
		t.Skip("redis-server is not installed")
	}
}

// readTruth returns the first columns of the rows of demo.tsv.gz. The fifth,
// the size, is not for comparing: that of a skiplist differs from one load to
// the next.
func readTruth(t *testing.T, dir string, columns int) []string {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "demo.tsv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	sc := bufio.NewScanner(z)
	for sc.Scan() {
		rows = append(rows, strings.Join(strings.SplitN(sc.Text(), "\t", columns+1)[:columns], "\t"))
	}
	if err := sc.Err(); err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

func readInfo(t *testing.T, dir string) truth {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "demo.json"))
	if err != nil {
		t.Fatal(err)
	}
	var info truth
	if err := json.Unmarshal(b, &info); err != nil {
		t.Fatal(err)
	}
	return info
}
