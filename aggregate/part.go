package aggregate

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc64"
	"io"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/aggregate/probe"
	"github.com/rdblens/rdblens/parser"
)

// A part is a Summary on disk: docs/parts.md describes the format.
//
//	magic      8 bytes
//	version    uint16, little-endian
//	tool       length (uvarint) and bytes, name and version of the writer
//	body       a zstd frame
//	checksum   CRC-64 (ECMA) of all that precedes, little-endian
//
// The body begins with a description of its fields, names and kinds, and goes
// on with their values, column by column (part_codec.go).

// Part is what a run leaves for merging.
type Part struct {
	Summary *Summary
	Failed  []FailedSource // sources that were asked for and could not be read
	Notes   []Warning      // what the run has to say beside its sources
	// Unknown names the fields that a newer program wrote and this one passed over.
	Unknown []string
	// Tool is the program that wrote it.
	Tool Tool
}

// FailedSource is a source that could not be read at all.
type FailedSource struct {
	Name      string // as shown
	Error     string // as shown
	Offset    int64  // only with HasOffset
	HasOffset bool
}

func (f FailedSource) compare(o FailedSource) int {
	if f.Name != o.Name {
		return bytes.Compare([]byte(f.Name), []byte(o.Name))
	}
	return bytes.Compare(fmt.Append(nil, f), fmt.Append(nil, o))
}

// Errors of ReadPart, reached through errors.Is.
var (
	// ErrNotPart: the bytes are no part at all.
	ErrNotPart = errors.New("not a part")
	// ErrPartDamaged: a part that was cut off or changed.
	ErrPartDamaged = errors.New("damaged part")
	// ErrPartVersion: a part of a format, of fields or with limits that this
	// program does not have.
	ErrPartVersion = errors.New("part of another version")
)

const (
	partMagic   = "RDBPART\n"
	partVersion = 2
	// maxPartFile and maxPartBody bound what is read, bytes: some six and ten
	// times the largest part (TestPartWorstCase).
	maxPartFile = 64 << 20
	maxPartBody = 512 << 20
	// maxPartState bounds what a part may become in memory, bytes.
	maxPartState = 1 << 30
	maxPartTool  = 256
)

var partTable = crc64.MakeTable(crc64.ECMA)

// PartHead is how many bytes IsPart needs.
const PartHead = len(partMagic)

// IsPart reports whether head, the first bytes of a file, begins a part.
func IsPart(head []byte) bool { return bytes.HasPrefix(head, []byte(partMagic)) }

// partState is what the body of a part holds.
type partState struct {
	Limits  partLimits
	Config  Config
	Sources []sourceState
	Keys    keyState
	Failed  []FailedSource
	Notes   []Warning
}

// partLimits are the constants that give the figures of a state their meaning:
// states made with others do not merge.
type partLimits struct {
	Encodings  []string // by number
	Classes    []string
	Candidates []string // by type and place
	WideLimits []int64
	SampleSize int64
	MinTop     int64
	BinSamples int64
	Spans      []int64 // of the timeline, ms
	Databases  int64
	Types      int64
	KeyLimits  []int64 // bytes of a key that are kept
	Literal    int64
	Nodes      int64   // of the trie
	Weight     int64   // of the trie, bytes
	Coarse     []int64 // its last levels, and the depth they cut to
	Tags       []int64 // of a slot, and bytes of one that are kept
	Cold       []int64 // seconds
	Probes     []int64 // strata, and what they keep
	Formats    []string
	KeyHash    []uint64 // of two keys: the samples are ordered by it
	ValueHash  []uint64 // of some values, of their places and of all bytes
	Strata     []int64  // of some keys, one of a group among them, and of an entity
}

func currentLimits() partLimits {
	l := partLimits{
		Classes: classNames[:], SampleSize: int64(sampleSize), MinTop: minTop, BinSamples: binSamples,
		Spans:     []int64{minute, minuteSpan, hour, hourSpan, day, daySpan},
		Databases: maxDatabases, Types: maxTypes, KeyLimits: []int64{keyLimit, exampleLimit}, Literal: maxLiteral, Nodes: defaultMaxNodes,
		Weight: defaultMaxWeight, Coarse: []int64{maxCoarse, lastCoarse, cutDepth}, Tags: []int64{slotSamples, tagLimit}, Cold: coldAfter[:],
		Probes: []int64{
			probeStrata, probeKeys, probeBytes, fewStrata, maxStringStratum, maxOtherStratum, minStratum, maxStratumBytes, minStratumBytes,
			probeString, probeHash, probeName, maxDigits, entityStrata, maxEntities, minEntities, allEntities, maxSiblings, probe.MinCompress,
			valueStrata, int64(maxValues), int64(allHolders), minHolders, wholeHash, parser.FingerprintMin, parser.FingerprintMax,
		},
		KeyHash: []uint64{hashKey(0, []byte("user:1000"), 9, 0), hashKey(7, []byte("{cart:42}:item:17:price"), 4096, 0xfedcba9876543210)},
	}
	for _, v := range []string{"short", "a value of more bytes than the hash takes at once, by far", strings.Repeat("and one of which only some are hashed at first ", 9)} {
		first, second := hashStored(100, []byte(v))
		l.ValueHash = append(l.ValueHash, hashPlaces(100, []byte(v)), first, second)
	}
	for f := range probe.NumFormats {
		l.Formats = append(l.Formats, probe.Format(f).String())
	}
	names := newNaming(&Config{Separators: DefaultSeparators, Groups: []Group{{Glob: "group:*"}}}, nil)
	for _, name := range []string{"user:1000:name", "application:profile:7", "beef:12", "Session{cart}", "group:1"} {
		group, edges := names.cut([]byte(name))
		l.Strata = append(l.Strata, int64(names.stratum(parser.DataTypeString, group)), int64(names.stratum(parser.DataTypeHash, group)))
		if at := fieldEdge(edges); at > 0 {
			e, _ := entityOf(0, []byte(name), edges, at)
			l.Strata = append(l.Strata, int64(e.stratum))
		}
	}
	for e := range memory.NumEncodings {
		l.Encodings = append(l.Encodings, memory.Encoding(e).String())
	}
	for t, list := range &candidatesOf {
		for _, c := range list {
			l.Candidates = append(l.Candidates, parser.DataType(t).String()+" "+c.setting+" "+strconv.FormatInt(c.factor, 10))
		}
	}
	for _, n := range wideLimits {
		l.WideLimits = append(l.WideLimits, int64(n))
	}
	return l
}

// differ names the first limit in which two sets differ, "" when none does.
func (l *partLimits) differ(o *partLimits) string {
	a, b := reflect.ValueOf(l).Elem(), reflect.ValueOf(o).Elem()
	for i := range a.NumField() {
		if !reflect.DeepEqual(a.Field(i).Interface(), b.Field(i).Interface()) {
			return a.Type().Field(i).Name
		}
	}
	return ""
}

// WritePart writes a part. Equal parts are equal bytes.
//
// A part that would be larger than partSize is written with fewer patterns:
// the limits of the trie are halved until it fits, as when there are too many
// nodes; after that the bins of the timeline keep one sample each. Either is a
// function of the summary alone, and the part says that its patterns are
// capped.
func WritePart(w io.Writer, p *Part) error {
	s := p.Summary
	if s.config.RowsOnly {
		return errors.New("the keys were not counted: there is nothing to make a part of")
	}
	state := partState{Limits: currentLimits(), Config: s.config, Sources: s.sources, Keys: s.keys, Failed: p.Failed, Notes: p.Notes}
	if err := state.check(); err != nil {
		return fmt.Errorf("the figures do not make a part: %w", err)
	}
	b, err := state.pack()
	if err != nil {
		return err
	}
	limit := partSize * min(len(s.sources), 4)
	for len(b) > limit && state.trim() {
		if b, err = state.pack(); err != nil {
			return err
		}
	}
	_, err = w.Write(b)
	return err
}

// partSize is what the part of one source should not exceed, bytes. (A variable
// for tests only.)
var partSize = 10_000_000

// trim makes a state smaller by one step; false when there is none left.
func (s *partState) trim() bool {
	k := &s.Keys
	if k.Coarse < maxCoarse {
		t, types := newTrie(), typeTable{ids: make(map[string]uint8)}
		t.maxNodes, t.coarse = math.MaxInt/4, k.Coarse+1
		t.absorb(k.Patterns, types.id)
		t.applyLimits(rootNode)
		k.Patterns, k.Coarse, k.Capped = t.freeze(types.names), t.coarse, true
		return true
	}
	trimmed := false
	k.Bins = slices.Clone(k.Bins)
	for i := range k.Bins {
		b := &k.Bins[i]
		trimmed = trimmed || len(b.Samples) > 1
		b.Samples = b.Samples[:min(len(b.Samples), 1)]
	}
	return trimmed
}

// pack returns the bytes of a part.
func (s *partState) pack() ([]byte, error) {
	var out bytes.Buffer
	out.Write(partHead(s.Config.Tool))
	z, err := zstd.NewWriter(&out, zstd.WithEncoderLevel(zstd.SpeedBetterCompression), zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false))
	if err != nil {
		return nil, err
	}
	buf := bufio.NewWriterSize(z, 64<<10)
	if err := encodeState(buf, s); err != nil {
		return nil, err
	}
	if err := buf.Flush(); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return binary.LittleEndian.AppendUint64(out.Bytes(), crc64.Checksum(out.Bytes(), partTable)), nil
}

func partHead(tool Tool) []byte {
	head := binary.LittleEndian.AppendUint16([]byte(partMagic), partVersion)
	name := tool.Name + " " + tool.Version
	name = name[:min(len(name), maxPartTool)]
	return append(binary.AppendUvarint(head, uint64(len(name))), name...)
}

// ReadPart reads a part to the end of r. The error is ErrNotPart,
// ErrPartDamaged or ErrPartVersion, or one of r. Whatever r holds, memory is
// bounded.
func ReadPart(r io.Reader) (*Part, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxPartFile+1))
	if err != nil {
		return nil, err
	}
	body, err := partBody(b)
	if err != nil {
		return nil, err
	}
	return decodePart(body)
}

// partBody checks the frame of a part and returns its body.
func partBody(b []byte) ([]byte, error) {
	if !IsPart(b) {
		return nil, ErrNotPart
	}
	if len(b) > maxPartFile {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrPartDamaged, maxPartFile)
	}
	head := b[len(partMagic):]
	if len(head) < 2 {
		return nil, fmt.Errorf("%w: cut off after %d bytes", ErrPartDamaged, len(b))
	}
	version := binary.LittleEndian.Uint16(head)
	n, w := binary.Uvarint(head[2:])
	if w <= 0 || n > maxPartTool || int(n) > len(head)-2-w {
		return nil, fmt.Errorf("%w: its head is cut off", ErrPartDamaged)
	}
	tool := head[2+w : 2+w+int(n)]
	if version != partVersion {
		again := ""
		if version < partVersion {
			again = "; make it again from the dump"
		}
		return nil, fmt.Errorf("%w: format %d of %s, this program reads format %d%s", ErrPartVersion, version, parser.Escape(tool), partVersion, again)
	}
	rest := head[2+w+int(n):]
	if len(rest) < 8 || crc64.Checksum(b[:len(b)-8], partTable) != binary.LittleEndian.Uint64(b[len(b)-8:]) {
		return nil, fmt.Errorf("%w: cut off or changed, its checksum does not match", ErrPartDamaged)
	}
	z, err := zstd.NewReader(bytes.NewReader(rest[:len(rest)-8]), zstd.WithDecoderConcurrency(1),
		zstd.WithDecoderMaxMemory(maxPartBody), zstd.WithDecoderMaxWindow(32<<20))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPartDamaged, err)
	}
	defer z.Close()
	body, err := io.ReadAll(io.LimitReader(z, maxPartBody+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPartDamaged, err)
	}
	if len(body) > maxPartBody {
		return nil, fmt.Errorf("%w: its body is larger than %d bytes", ErrPartDamaged, maxPartBody)
	}
	return body, nil
}

// decodePart reads the body of a part.
func decodePart(body []byte) (*Part, error) {
	var state partState
	unknown, err := decodeState(body, &state)
	if err != nil {
		return nil, err
	}
	limits := currentLimits()
	if what := limits.differ(&state.Limits); what != "" {
		return nil, fmt.Errorf("%w: it was made with other limits (%s)", ErrPartVersion, what)
	}
	if err := state.check(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPartDamaged, err)
	}
	config, err := state.Config.normal()
	if err != nil {
		return nil, fmt.Errorf("%w: configuration: %w", ErrPartDamaged, err)
	}
	return &Part{
		Summary: &Summary{config: config, sources: state.Sources, keys: state.Keys},
		Failed:  state.Failed, Notes: state.Notes, Unknown: unknown, Tool: config.Tool,
	}, nil
}

// MergeParts merges parts like Merge does their summaries.
func MergeParts(parts ...*Part) (*Part, error) {
	out := &Part{}
	var summaries []*Summary
	for _, p := range parts {
		summaries = append(summaries, p.Summary)
		out.Failed = append(out.Failed, p.Failed...)
		out.Notes = append(out.Notes, p.Notes...)
		out.Unknown = append(out.Unknown, p.Unknown...)
	}
	var err error
	if out.Summary, err = Merge(summaries...); err != nil {
		return nil, err
	}
	out.Tool = out.Summary.config.Tool
	slices.SortFunc(out.Failed, FailedSource.compare)
	slices.SortFunc(out.Notes, func(a, b Warning) int { return bytes.Compare(fmt.Append(nil, a), fmt.Append(nil, b)) })
	slices.Sort(out.Unknown)
	out.Unknown = slices.Compact(out.Unknown)
	return out, nil
}

// Differ names the setting that keeps summaries made with two configurations
// from being merged, "" when there is none.
func (c *Config) Differ(o *Config) string {
	a, errA := c.normal()
	b, errB := o.normal()
	if errA != nil || errB != nil {
		return "a setting that is wrong"
	}
	return a.differ(&b)
}

// Config returns the configuration a summary was made with.
func (s *Summary) Config() Config {
	c, err := s.config.normal()
	if err != nil { // it was checked when the summary was made
		return s.config
	}
	return c
}

// WithTop returns a summary whose report shows n rows in its lists. It fails
// when fewer keys were kept.
func (s *Summary) WithTop(n int) (*Summary, error) {
	kept := max(s.config.Top, minTop)
	if n < 1 || n > kept {
		return nil, fmt.Errorf("top %d: %d keys were kept", n, kept)
	}
	out := *s
	out.config.Top = n
	keep := max(n, minTop)
	out.keys.Biggest = out.keys.Biggest[:min(len(out.keys.Biggest), keep)]
	out.keys.Longest = out.keys.Longest[:min(len(out.keys.Longest), keep)]
	return &out, nil
}
