package serverfile

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/cmd/internal/clireply"
	"github.com/rdblens/rdblens/cmd/internal/redisconf"
	"github.com/rdblens/rdblens/cmd/internal/usage"
)

// ApplyConfig applies one --config value; read is called with each file it names.
func ApplyConfig(c *memory.Config, arg string, read func(path string)) error {
	name, value, ok := strings.Cut(arg, "=")
	if !ok || strings.ContainsAny(name, `/\.`) {
		known, err := configFile(c, arg, 0, read)
		if err == nil && known == 0 {
			err = usage.Errorf("--config %s: no setting that shapes memory is in it", arg).
				Hint("a redis.conf, or what CONFIG GET * prints; settings that shape memory: %s", strings.Join(memory.SettingNames(), ", "))
		}
		return err
	}
	name = strings.TrimSpace(name)
	known, err := Set(c, name, strings.TrimSpace(value))
	if err != nil {
		return usage.Errorf("--config: %v", err)
	}
	if !known {
		e := usage.Errorf("--config: %q is not a setting that shapes memory", name)
		if _, statErr := os.Stat(arg); statErr == nil {
			return e.Hint("for the file of that name write ./%s", arg)
		}
		return e
	}
	return nil
}

// maxIncludes bounds how deep include directives may nest.
const maxIncludes = 16

// configFile applies those settings of a redis.conf, or of a reply of CONFIG GET, that
// shape memory and ignores the others. It returns how many there are.
func configFile(c *memory.Config, path string, depth int, read func(path string)) (known int, err error) {
	read(path)
	f, err := os.Open(path)
	if err != nil {
		return 0, usage.Errorf("--config: %v", err)
	}
	defer f.Close()
	text := bufio.NewReaderSize(f, 64<<10)
	if head, _ := text.Peek(4 << 10); clireply.IsReply(head) {
		return configReply(c, path, text)
	}
	lines, err := redisconf.Parse(text)
	if err != nil {
		return 0, usage.Errorf("--config %s: %v", path, err)
	}
	for _, l := range lines {
		name := strings.ToLower(l.Args[0])
		if name == "include" && len(l.Args) == 2 {
			n, err := includeFiles(c, path, l, depth, read)
			if err != nil {
				return 0, err
			}
			known += n
			continue
		}
		if !isSetting(name) {
			continue
		}
		known++
		switch len(l.Args) {
		case 1:
			err = fmt.Errorf("%s has no value", name)
		case 2:
			_, err = Set(c, name, l.Args[1])
		default:
			err = fmt.Errorf("%s has %d values", name, len(l.Args)-1)
		}
		if err != nil {
			return 0, usage.Errorf("--config %s: line %d: %v", path, l.Number, err)
		}
	}
	return known, nil
}

// configReply is configFile for a reply.
func configReply(c *memory.Config, path string, r io.Reader) (known int, err error) {
	pairs, err := clireply.Pairs(r, isSetting)
	if err != nil {
		return 0, usage.Errorf("--config %s: %v", path, err)
	}
	for _, p := range pairs {
		if !isSetting(p.Name) {
			continue
		}
		known++
		if p.Missing || p.Value == "" {
			err = noValue(p)
		} else {
			_, err = Set(c, p.Name, p.Value)
		}
		if err != nil {
			return 0, usage.Errorf("--config %s: line %d: %v", path, p.Line, err)
		}
	}
	return known, nil
}

// includeFiles follows an include directive. The server resolves relative names
// against the directory it was started in, which nobody knows here; the directory of
// the file stands in for it.
func includeFiles(c *memory.Config, path string, l redisconf.Line, depth int, read func(path string)) (known int, err error) {
	if depth == maxIncludes {
		return 0, usage.Errorf("--config %s: line %d: includes nest too deep", path, l.Number)
	}
	pattern := l.Args[1]
	if !filepath.IsAbs(pattern) {
		pattern = filepath.Join(filepath.Dir(path), pattern)
	}
	files := []string{pattern}
	if strings.ContainsAny(pattern, "*?[") {
		if files, err = filepath.Glob(pattern); err != nil {
			return 0, usage.Errorf("--config %s: line %d: bad pattern %q", path, l.Number, pattern)
		}
	}
	for _, f := range files {
		n, err := configFile(c, f, depth+1, read)
		if err != nil {
			return 0, err
		}
		known += n
	}
	return known, nil
}

// Set gives a setting a value, which may have a unit; it reports whether it is one that
// shapes memory.
func Set(c *memory.Config, name, value string) (known bool, err error) {
	// Sizes may have units, as everywhere on the command line.
	if _, err := strconv.ParseInt(value, 10, 64); err != nil {
		if n, err := redisconf.ParseSize(value); err == nil {
			value = strconv.FormatInt(n, 10)
		}
	}
	return c.Set(name, value)
}

func noValue(p clireply.Pair) error {
	if p.Missing || p.Value == "" {
		return fmt.Errorf("%s has no value", p.Name)
	}
	return fmt.Errorf("%s is %q, not a number", p.Name, clipped(p.Value))
}

// clipped returns the beginning of a text for a message.
func clipped(s string) string {
	const most = 40
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}

// isSetting reports whether a setting of that name shapes memory.
func isSetting(name string) bool {
	_, known := memory.CanonicalSetting(name)
	return known
}

// Servers are the lines that memory is modelled for.
func Servers() []string {
	var names []string
	for _, s := range memory.Servers() {
		names = append(names, s.String())
	}
	return names
}
