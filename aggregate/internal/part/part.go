package part

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
	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/config"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
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
// on with their values, column by column (encoder.go).

// Part is what a run leaves for merging.
type Part struct {
	Summary *state.Summary
	Failed  []data.FailedSource // sources that were asked for and could not be read
	Notes   []data.Warning      // what the run has to say beside its sources
	// Unknown names the fields that a newer program wrote and this one passed over.
	Unknown []string
	// Tool is the program that wrote it.
	Tool data.Tool
}

// Errors of Read, reached through errors.Is.
var (
	// ErrNotPart: the bytes are no part at all.
	ErrNotPart = errors.New("not a part")
	// ErrDamaged: a part that was cut off or changed.
	ErrDamaged = errors.New("damaged part")
	// ErrVersion: a part of a format, of fields or with limits that this
	// program does not have.
	ErrVersion = errors.New("part of another version")
)

const (
	magic         = "RDBPART\n"
	formatVersion = 4
	// maxFile and maxBody bound what is read, bytes: some six and ten
	// times the largest part (TestPartWorstCase).
	maxFile = 64 << 20
	maxBody = 512 << 20
	// maxState bounds what a part may become in memory, bytes.
	maxState   = 1 << 30
	maxToolLen = 256
)

var crcTable = crc64.MakeTable(crc64.ECMA)

// HeadLen is how many bytes Is needs.
const HeadLen = len(magic)

// Is reports whether head, the first bytes of a file, begins a part.
func Is(head []byte) bool { return bytes.HasPrefix(head, []byte(magic)) }

// contents is what the body of a part holds.
type contents struct {
	Limits  limits              `part:"limits"`
	Config  data.Config         `part:"config"`
	Sources []state.SourceState `part:"sources"`
	Keys    state.KeyState      `part:"keys"`
	Failed  []data.FailedSource `part:"failed_sources"`
	Notes   []data.Warning      `part:"notes"`
}

// limits are the constants that give the figures of a state their meaning:
// states made with others do not merge.
type limits struct {
	Encodings  []string `part:"encodings"` // by number
	Classes    []string `part:"classes"`
	Candidates []string `part:"candidates"` // by type and place
	WideLimits []int64  `part:"wide_limits"`
	SampleSize int64    `part:"sample_size"`
	MinTop     int64    `part:"min_top"`
	BinSamples int64    `part:"bin_samples"`
	Spans      []int64  `part:"timeline_spans"` // of the timeline, ms
	Databases  int64    `part:"databases"`
	Types      int64    `part:"types"`
	KeyLimits  []int64  `part:"key_limits"` // bytes of a key that are kept
	Literal    int64    `part:"literal"`
	Nodes      int64    `part:"nodes"`      // of the trie
	Weight     int64    `part:"weight"`     // of the trie, bytes
	Coarse     []int64  `part:"coarse"`     // its last levels, and the depth they cut to
	Tags       []int64  `part:"slot_tags"`  // of a slot, and bytes of one that are kept
	Cold       []int64  `part:"cold_after"` // seconds
	Probes     []int64  `part:"samples"`    // strata, and what they keep
	Formats    []string `part:"formats"`
	KeyHash    []uint64 `part:"key_hash"`   // of two keys: the samples are ordered by it
	ValueHash  []uint64 `part:"value_hash"` // of some values, of their places and of all bytes
	Strata     []int64  `part:"strata"`     // of some keys, one of a group among them, and of an entity
}

func currentLimits() limits {
	l := limits{
		Classes: keyname.ClassNames[:], SampleSize: int64(state.SampleSize), MinTop: state.MinTop, BinSamples: state.BinSamples,
		Spans:     []int64{sketch.Minute, state.MinuteSpan, sketch.Hour, state.HourSpan, sketch.Day, state.DaySpan},
		Databases: state.MaxDatabases, Types: state.MaxTypes, KeyLimits: []int64{state.KeyLimit, state.ExampleLimit}, Literal: keyname.MaxLiteral, Nodes: state.DefaultMaxNodes,
		Weight: state.DefaultMaxWeight, Coarse: []int64{state.MaxCoarse, state.LastCoarse, state.CutDepth}, Tags: []int64{state.SlotSamples, state.TagLimit}, Cold: state.ColdAfter[:],
		Probes: []int64{
			keyname.ProbeStrata, state.ProbeKeys, state.ProbeBytes, state.FewStrata, state.MaxStringStratum, state.MaxOtherStratum, state.MinStratum, state.MaxStratumBytes, state.MinStratumBytes,
			state.ProbeString, state.ProbeHash, state.ProbeName, keyname.MaxDigits, keyname.EntityStrata, state.MaxEntities, state.MinEntities, state.AllEntities, state.MaxSiblings, probe.MinCompress,
			state.ValueStrata, int64(state.MaxValues), int64(state.AllHolders), state.MinHolders, keyname.WholeHash, parser.FingerprintMin, parser.FingerprintMax,
		},
		KeyHash: []uint64{keyname.HashKey(0, []byte("user:1000"), 9, 0), keyname.HashKey(7, []byte("{cart:42}:item:17:price"), 4096, 0xfedcba9876543210)},
	}
	for _, v := range []string{"short", "a value of more bytes than the hash takes at once, by far", strings.Repeat("and one of which only some are hashed at first ", 9)} {
		first, second := keyname.HashStored(100, []byte(v))
		l.ValueHash = append(l.ValueHash, keyname.HashPlaces(100, []byte(v)), first, second)
	}
	for f := range probe.NumFormats {
		l.Formats = append(l.Formats, probe.Format(f).String())
	}
	split := keyname.NewSplitter(keyname.DefaultSeparators, 0)
	for _, name := range []string{"user:1000:name", "application:profile:7", "beef:12", "Session{cart}"} {
		edges := split.Split([]byte(name))
		l.Strata = append(l.Strata, int64(keyname.StratumOf(parser.DataTypeString, split.Words)), int64(keyname.StratumOf(parser.DataTypeHash, split.Words)))
		if at := keyname.FieldEdge(edges); at > 0 {
			e, _ := keyname.EntityOf(0, []byte(name), edges, at)
			l.Strata = append(l.Strata, int64(e.Stratum))
		}
	}
	l.Strata = append(l.Strata, int64(keyname.GroupStratum(parser.DataTypeString, 0)), int64(keyname.GroupStratum(parser.DataTypeHash, 0)))
	for e := range memory.NumEncodings {
		l.Encodings = append(l.Encodings, memory.Encoding(e).String())
	}
	for t, list := range &state.CandidatesOf {
		for _, c := range list {
			l.Candidates = append(l.Candidates, parser.DataType(t).String()+" "+c.Setting+" "+strconv.FormatInt(c.Factor, 10))
		}
	}
	for _, n := range state.DefaultBounds().Wide {
		l.WideLimits = append(l.WideLimits, int64(n))
	}
	return l
}

// differ names the first limit in which two sets differ, "" when none does.
func (l *limits) differ(o *limits) string {
	a, b := reflect.ValueOf(l).Elem(), reflect.ValueOf(o).Elem()
	for i := range a.NumField() {
		if !reflect.DeepEqual(a.Field(i).Interface(), b.Field(i).Interface()) {
			name, _, _ := strings.Cut(a.Type().Field(i).Tag.Get("part"), ",")
			return name
		}
	}
	return ""
}

// Write writes a part. Equal parts are equal bytes.
//
// A part that would be larger than sizeGoal is written with fewer patterns:
// the limits of the trie are halved until it fits, as when there are too many
// nodes; after that the bins of the timeline keep one sample each. Either is a
// function of the summary alone, and the part says that its patterns are
// capped.
func Write(w io.Writer, p *Part) error { return write(w, p, sizeGoal) }

// write is Write with a size that the part of one source should not exceed, bytes.
func write(w io.Writer, p *Part, goal int) error {
	if p == nil || p.Summary == nil {
		return state.ErrNoSummary
	}
	s := p.Summary
	if s.Config.RowsOnly {
		return errors.New("the keys were not counted: there is nothing to make a part of")
	}
	state := contents{Limits: currentLimits(), Config: s.Config, Sources: s.Sources, Keys: s.Keys, Failed: p.Failed, Notes: p.Notes}
	if err := state.check(); err != nil {
		return fmt.Errorf("the figures do not make a part: %w", err)
	}
	b, err := state.pack()
	if err != nil {
		return err
	}
	limit := goal * min(len(s.Sources), 4)
	for len(b) > limit && state.trim() {
		if b, err = state.pack(); err != nil {
			return err
		}
	}
	_, err = w.Write(b)
	return err
}

// sizeGoal is what the part of one source should not exceed, bytes; four times
// that of more than four.
const sizeGoal = 10_000_000

// trim makes a state smaller by one step; false when there is none left.
func (s *contents) trim() bool {
	k := &s.Keys
	if k.Coarse < state.MaxCoarse {
		t, types := state.NewTrie(state.DefaultBounds()), state.TypeTable{}
		t.MaxNodes, t.Coarse = math.MaxInt/4, k.Coarse+1
		t.Absorb(k.Patterns, types.ID)
		t.ApplyLimits(state.RootNode)
		k.Patterns, k.Coarse, k.Capped = t.Freeze(types.Names), t.Coarse, true
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
func (s *contents) pack() ([]byte, error) {
	var out bytes.Buffer
	out.Write(fileHead(s.Config.Tool))
	z, err := zstd.NewWriter(&out, zstd.WithEncoderLevel(zstd.SpeedBetterCompression), zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false))
	if err != nil {
		return nil, err
	}
	buf := bufio.NewWriterSize(z, 64<<10)
	if err := encodeContents(buf, s); err != nil {
		return nil, fmt.Errorf("the figures do not make a part: %w", err)
	}
	if err := buf.Flush(); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return binary.LittleEndian.AppendUint64(out.Bytes(), crc64.Checksum(out.Bytes(), crcTable)), nil
}

func fileHead(tool data.Tool) []byte {
	head := binary.LittleEndian.AppendUint16([]byte(magic), formatVersion)
	name := tool.Name + " " + tool.Version
	name = name[:min(len(name), maxToolLen)]
	return append(binary.AppendUvarint(head, uint64(len(name))), name...)
}

// Read reads a part to the end of r. The error is ErrNotPart,
// ErrDamaged or ErrVersion, or one of r. Whatever r holds, memory is
// bounded.
func Read(r io.Reader) (*Part, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, err
	}
	body, err := partBody(b)
	if err != nil {
		return nil, err
	}
	return decode(body)
}

// partBody checks the frame of a part and returns its body.
func partBody(b []byte) ([]byte, error) {
	if !Is(b) {
		return nil, ErrNotPart
	}
	if len(b) > maxFile {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrDamaged, maxFile)
	}
	head := b[len(magic):]
	if len(head) < 2 {
		return nil, fmt.Errorf("%w: cut off after %d bytes", ErrDamaged, len(b))
	}
	version := binary.LittleEndian.Uint16(head)
	n, w := binary.Uvarint(head[2:])
	if w <= 0 || n > maxToolLen || int(n) > len(head)-2-w {
		return nil, fmt.Errorf("%w: its head is cut off", ErrDamaged)
	}
	tool := head[2+w : 2+w+int(n)]
	if version != formatVersion {
		again := ""
		if version < formatVersion {
			again = "; make it again from the dump"
		}
		return nil, fmt.Errorf("%w: format %d of %s, this program reads format %d%s", ErrVersion, version, parser.Escape(tool), formatVersion, again)
	}
	rest := head[2+w+int(n):]
	if len(rest) < 8 || crc64.Checksum(b[:len(b)-8], crcTable) != binary.LittleEndian.Uint64(b[len(b)-8:]) {
		return nil, fmt.Errorf("%w: cut off or changed, its checksum does not match", ErrDamaged)
	}
	z, err := zstd.NewReader(bytes.NewReader(rest[:len(rest)-8]), zstd.WithDecoderConcurrency(1),
		zstd.WithDecoderMaxMemory(maxBody), zstd.WithDecoderMaxWindow(32<<20))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	defer z.Close()
	body, err := io.ReadAll(io.LimitReader(z, maxBody+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if len(body) > maxBody {
		return nil, fmt.Errorf("%w: its body is larger than %d bytes", ErrDamaged, maxBody)
	}
	return body, nil
}

// decode reads the body of a part.
func decode(body []byte) (*Part, error) {
	var st contents
	unknown, err := decodeContents(body, &st)
	if err != nil {
		return nil, err
	}
	limits := currentLimits()
	if what := limits.differ(&st.Limits); what != "" {
		return nil, fmt.Errorf("%w: it was made with other limits (%s)", ErrVersion, what)
	}
	if err := st.check(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	cfg, err := config.WithDefaults(&st.Config)
	if err != nil {
		return nil, fmt.Errorf("%w: configuration: %w", ErrDamaged, err)
	}
	return &Part{
		Summary: &state.Summary{Config: cfg, Sources: st.Sources, Keys: st.Keys},
		Failed:  st.Failed, Notes: st.Notes, Unknown: unknown, Tool: cfg.Tool,
	}, nil
}

// Merge merges parts as state.Merge does their summaries. It changes none of them.
func Merge(parts ...*Part) (*Part, error) {
	out := &Part{}
	var summaries []*state.Summary
	for i, p := range parts {
		if p == nil || p.Summary == nil {
			return nil, fmt.Errorf("part %d of %d: %w", i+1, len(parts), state.ErrNoSummary)
		}
		summaries = append(summaries, p.Summary)
		out.Failed = append(out.Failed, p.Failed...)
		out.Notes = append(out.Notes, p.Notes...)
		out.Unknown = append(out.Unknown, p.Unknown...)
	}
	var err error
	if out.Summary, err = state.Merge(summaries...); err != nil {
		return nil, err
	}
	out.Tool = out.Summary.Config.Tool
	slices.SortFunc(out.Failed, state.CompareFailed)
	slices.SortFunc(out.Notes, state.CompareWarnings)
	slices.Sort(out.Unknown)
	out.Unknown = slices.Compact(out.Unknown)
	return out, nil
}
