package main

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/rdblens/rdblens/cmd/internal/liveredis"
)

// truth is what a server that loaded the dump says.
type truth struct {
	Server string            `json:"server"`
	Config []string          `json:"config"`
	Empty  map[string]string `json:"empty"`  // INFO memory of a server without keys
	Loaded map[string]string `json:"loaded"` // and of the one that loaded the dump
	// KeysInDump counts what was saved; Keys what the server kept: a master
	// drops keys that have expired when it loads a dump.
	KeysInDump     int64  `json:"keys_in_dump"`
	Keys           int64  `json:"keys"`
	SumMemoryUsage int64  `json:"sum_memory_usage"`
	Dump           string `json:"dump"`

	rows []row
}

type row struct {
	db                 int
	key, typ, encoding string
	bytes              int64
}

// memoryFields are the fields of INFO that truth keeps.
var memoryFields = []string{
	"used_memory", "used_memory_overhead", "used_memory_startup", "used_memory_dataset", "mem_allocator", "redis_version",
}

func infoMemory(c *liveredis.Client) (map[string]string, error) {
	if err := alone(c); err != nil {
		return nil, err
	}
	m := map[string]string{}
	for _, section := range []string{"memory", "server"} {
		reply, err := c.Do("INFO", section)
		if err != nil {
			return nil, err
		}
		text, _ := reply.(string)
		for line := range strings.Lines(text) {
			name, value, ok := strings.Cut(strings.TrimSpace(line), ":")
			if ok && slices.Contains(memoryFields, name) {
				m[name] = value
			}
		}
	}
	for _, name := range memoryFields {
		if m[name] == "" {
			return nil, fmt.Errorf("INFO lacks %s", name)
		}
	}
	return m, nil
}

// alone waits until c is the server's only connection: the buffers of one that
// was closed a moment ago would be counted.
func alone(c *liveredis.Client) error {
	for range 200 {
		reply, err := c.Do("CLIENT", "LIST")
		if err != nil {
			return err
		}
		if list, _ := reply.(string); strings.Count(list, "\n") == 1 {
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return errors.New("another client stays connected to the server")
}

func emptyMemory(ctx context.Context, bin, dir string) (m map[string]string, err error) {
	err = withServer(ctx, bin, dir, func(c *liveredis.Client) error {
		m, err = infoMemory(c)
		return err
	})
	return m, err
}

// measure starts a server on the dump in dir and asks for every key.
func measure(ctx context.Context, bin, dir string) (*truth, error) {
	t := &truth{}
	err := withServer(ctx, bin, dir, func(c *liveredis.Client) error {
		// Memory first: every question may cost the server something.
		var err error
		if t.Loaded, err = infoMemory(c); err != nil {
			return err
		}
		if _, err = c.Do("DEBUG", "SET-ACTIVE-EXPIRE", 0); err != nil {
			return err
		}
		for db := range databases {
			if err := t.askDatabase(c, db); err != nil {
				return fmt.Errorf("database %d: %w", db, err)
			}
		}
		return t.askPersistence(c)
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(t.rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.db, b.db), strings.Compare(a.key, b.key))
	})
	t.Keys = int64(len(t.rows))
	for _, r := range t.rows {
		t.SumMemoryUsage += r.bytes
	}
	return t, nil
}

func (t *truth) askDatabase(c *liveredis.Client, db int) error {
	if _, err := c.Do("SELECT", db); err != nil {
		return err
	}
	reply, err := c.Do("KEYS", "*")
	if err != nil {
		return err
	}
	keys, _ := reply.([]any)
	first := len(t.rows)
	for _, k := range keys {
		key, _ := k.(string)
		t.rows = append(t.rows, row{db: db, key: key})
	}
	for i := first; i < len(t.rows); i++ {
		r := &t.rows[i]
		c.Send(text(&r.typ), "TYPE", r.key)
		c.Send(text(&r.encoding), "OBJECT", "ENCODING", r.key)
		c.Send(number(&r.bytes), "MEMORY", "USAGE", r.key, "SAMPLES", 0)
	}
	return c.Flush()
}

// askPersistence reads how many keys the server found in the dump.
func (t *truth) askPersistence(c *liveredis.Client) error {
	reply, err := c.Do("INFO", "persistence")
	if err != nil {
		return err
	}
	info, _ := reply.(string)
	for line := range strings.Lines(info) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		if name == "rdb_last_load_keys_expired" || name == "rdb_last_load_keys_loaded" {
			var n int64
			if _, err := fmt.Sscan(value, &n); err != nil {
				return fmt.Errorf("read %s of INFO: %w", name, err)
			}
			t.KeysInDump += n
		}
	}
	if want := int64(len(t.rows)) + expiredKeys; t.KeysInDump != want {
		return fmt.Errorf("the dump holds %d keys, %d answered and %d had expired", t.KeysInDump, len(t.rows), expiredKeys)
	}
	return nil
}

func text(to *string) func(any) error {
	return func(reply any) error {
		s, ok := reply.(string)
		if !ok {
			return fmt.Errorf("reply %v where text was due: did the key expire?", reply)
		}
		*to = s
		return nil
	}
}

func number(to *int64) func(any) error {
	return func(reply any) error {
		n, ok := reply.(int64)
		if !ok {
			return fmt.Errorf("reply %v where a number was due: did the key expire?", reply)
		}
		*to = n
		return nil
	}
}

// write writes base.tsv.gz and base.json.
func (t *truth) write(base string) error {
	f, err := os.Create(base + ".tsv.gz")
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(z)
	fmt.Fprintln(w, "db\tkey_hex\ttype\tencoding\tmemory_usage")
	for _, r := range t.rows {
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%d\n", r.db, hex.EncodeToString([]byte(r.key)), r.typ, r.encoding, r.bytes)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	b, err := json.MarshalIndent(t, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(base+".json", append(b, '\n'), 0o644)
}
