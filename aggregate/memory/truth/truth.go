// Package truth reads testdata/truth: dumps, and what servers that had loaded
// them said of every key.
package truth

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/ulikunitz/xz"

	"github.com/rdblens/rdblens/aggregate/memory"
)

// Archive is the file that holds all dumps: similar to each other, so one
// stream with a dictionary longer than a dump packs them best.
const Archive = "dumps.tar.xz"

// maxDump bounds one file of the archive, in bytes.
const maxDump = 64 << 20

// File is one server that loaded one dump.
type File struct {
	Name   string   `json:"-"`
	Server string   `json:"server"` // line, and -debian or -libc when not the bundled jemalloc
	Config []string `json:"config"` // --setting, value, in turn
	Empty  struct {
		UsedMemory int64 `json:"used_memory,string"`
	} `json:"empty"`
	Loaded struct {
		UsedMemory int64 `json:"used_memory,string"`
	} `json:"loaded"`
	Dump       string `json:"dump"` // name in the archive
	Keys       int    `json:"keys"`
	KeysInDump int    `json:"keys_in_dump"` // where the server dropped expired ones
	Sum        int64  `json:"sum_memory_usage"`

	dir string
}

// ID names a key.
type ID struct {
	DB   int
	Name string
}

// Key is what the server said of one key.
type Key struct {
	Type     string // TYPE
	Encoding string // OBJECT ENCODING
	Usage    int64  // MEMORY USAGE key SAMPLES 0, bytes
}

// Folder returns testdata/truth of the checkout that the working directory
// lies in.
func Folder() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		folder := filepath.Join(dir, "testdata", "truth")
		if _, err := os.Stat(filepath.Join(folder, Archive)); err == nil {
			return folder, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fmt.Errorf("find testdata/truth: %w", os.ErrNotExist)
		}
		dir = parent
	}
}

// Files returns the descriptions in dir, sorted by name.
func Files(dir string) ([]*File, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	var files []*File
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		f := &File{Name: strings.TrimSuffix(filepath.Base(name), ".json"), dir: dir}
		if err := json.Unmarshal(data, f); err != nil {
			return nil, fmt.Errorf("read %q: %w", name, err)
		}
		files = append(files, f)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("read %q: no descriptions", dir)
	}
	return files, nil
}

// Dumps unpacks the archive in dir: contents by file name. wanted picks files
// by name; nil takes all.
func Dumps(dir string, wanted func(name string) bool) (map[string][]byte, error) {
	f, err := os.Open(filepath.Join(dir, Archive))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := xz.NewReader(bufio.NewReader(f))
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w", Archive, err)
	}
	dumps := map[string][]byte{}
	t := tar.NewReader(z)
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return dumps, nil
		}
		if err != nil {
			return nil, fmt.Errorf("unpack %s: %w", Archive, err)
		}
		if wanted != nil && !wanted(h.Name) {
			continue
		}
		if h.Size > maxDump {
			return nil, fmt.Errorf("unpack %s: %q has %d bytes", Archive, h.Name, h.Size)
		}
		data := make([]byte, h.Size)
		if _, err := io.ReadFull(t, data); err != nil {
			return nil, fmt.Errorf("unpack %q: %w", h.Name, err)
		}
		dumps[h.Name] = data
	}
}

// Truth returns what the server said of every key.
func (f *File) Truth() (map[ID]Key, error) {
	name := filepath.Join(f.dir, f.Name+".tsv.gz")
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		return nil, fmt.Errorf("read %q: %w", name, err)
	}
	keys := map[ID]Key{}
	sc := bufio.NewScanner(z)
	sc.Buffer(nil, 1<<24)
	for line := 1; sc.Scan(); line++ {
		p := strings.Split(sc.Text(), "\t")
		if p[0] == "db" {
			continue
		}
		id, key, err := parseRow(p)
		if err != nil {
			return nil, fmt.Errorf("read %q, line %d: %w", name, line, err)
		}
		keys[id] = key
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("read %q: %w", name, err)
	}
	return keys, nil
}

func parseRow(p []string) (id ID, key Key, err error) {
	if len(p) != 5 {
		return id, key, fmt.Errorf("%d columns, want 5", len(p))
	}
	if id.DB, err = strconv.Atoi(p[0]); err != nil {
		return id, key, err
	}
	name, err := hex.DecodeString(p[1])
	if err != nil {
		return id, key, err
	}
	id.Name = string(name)
	key.Type, key.Encoding = p[2], p[3]
	key.Usage, err = strconv.ParseInt(p[4], 10, 64)
	return id, key, err
}

// Profile returns the profile the server ran with: its line and allocator by
// its name, and its settings.
func (f *File) Profile() (memory.Profile, error) {
	p := memory.Profile{Config: memory.DefaultConfig()}
	line := f.Server
	if s, ok := strings.CutSuffix(line, "-debian"); ok {
		line, p.Allocator = s, memory.JemallocDebian
	} else if s, ok := strings.CutSuffix(line, "-libc"); ok {
		line, p.Allocator = s, memory.Libc
	}
	var err error
	if p.Server, err = memory.ParseServer(line); err != nil {
		return p, fmt.Errorf("%s: %w", f.Name, err)
	}
	for i := 0; i+1 < len(f.Config); i += 2 {
		// Settings that no size depends on (save, appendonly) are not known.
		if _, err := p.Config.Set(strings.TrimPrefix(f.Config[i], "--"), f.Config[i+1]); err != nil {
			return p, fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return p, nil
}
