package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/rdblens/rdblens/cmd/internal/redisconf"
)

// aofManifest is the manifest of a multi-part AOF (Redis 7.0 and later,
// src/aof.c aofLoadManifestFromFile).
type aofManifest struct {
	base  string
	incr  []string
	files map[string]byte // type by name: b, i, h
}

// maxManifest bounds the size of a manifest: the servers keep a few lines.
const maxManifest = 1 << 20

func readManifest(ctx context.Context, e *Entry) (*aofManifest, error) {
	if e.Err != nil {
		return nil, e.Err
	}
	if n := e.Opener.Size(); n < 0 || n > maxManifest {
		return nil, errors.New("not a manifest")
	}
	f, err := e.Opener.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines, err := redisconf.Parse(io.LimitReader(f, maxManifest))
	if err != nil {
		return nil, err
	}
	if len(lines) == 0 {
		return nil, errors.New("an empty manifest")
	}
	m := &aofManifest{files: map[string]byte{}}
	for _, l := range lines {
		name, kind, err := manifestFile(l.Args)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", l.Number, err)
		}
		if _, dup := m.files[name]; dup {
			return nil, fmt.Errorf("line %d: file %q is listed twice", l.Number, name)
		}
		m.files[name] = kind
		switch kind {
		case 'b':
			if m.base != "" {
				return nil, fmt.Errorf("line %d: a second base", l.Number)
			}
			m.base = name
		case 'i':
			m.incr = append(m.incr, name)
		}
	}
	return m, nil
}

// manifestFile reads the key-value pairs of one line.
func manifestFile(args []string) (name string, kind byte, err error) {
	if len(args)%2 != 0 {
		return "", 0, errors.New("a key without a value")
	}
	for i := 0; i < len(args); i += 2 {
		switch strings.ToLower(args[i]) {
		case "file":
			name = args[i+1]
		case "type":
			if len(args[i+1]) == 1 {
				kind = args[i+1][0]
			}
		}
	}
	switch {
	case name == "":
		return "", 0, errors.New("no file")
	case strings.ContainsAny(name, `/\`) || name == "." || name == "..":
		return "", 0, fmt.Errorf("file %q is not a bare name", name)
	case kind != 'b' && kind != 'i' && kind != 'h':
		return "", 0, fmt.Errorf("file %q has no type", name)
	}
	return name, kind, nil
}
