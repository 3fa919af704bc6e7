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
	"github.com/rdblens/rdblens/aggregate/internal/counters"
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
	Logs    []data.CommandLog   // commands of append-only files
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
	formatVersion = 7
	// maxFile and maxBody bound what is read, bytes: some six and three
	// times the largest part (TestPartWorstCase).
	maxFile = 64 << 20
	maxBody = 128 << 20
	// A body is not taken for one that is beyond bodyLeast and maxRatio times what
	// it was decompressed from; that of the demo dump is 6 times as large.
	bodyLeast = 1 << 20
	maxRatio  = 64
	// maxWindow is what zstd may look back, bytes: as much as the writer does.
	maxWindow = 8 << 20
	// maxState bounds what a part may become in memory, bytes.
	maxState   = 512 << 20
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
	Config  data.Config         `part:"config,large"`
	Sources []state.SourceState `part:"sources"`
	Keys    state.KeyState      `part:"keys"`
	Failed  []data.FailedSource `part:"failed_sources"`
	Notes   []data.Warning      `part:"notes"`
	Logs    []data.CommandLog   `part:"command_logs"`
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
	Spans      []int64  `part:"timeline_spans"` // of the timeline, ms, and how much is kept of it
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
	KeyHash    []uint64 `part:"key_hash"`   // under a seed, of two keys and a word: the samples are ordered by it
	ValueHash  []uint64 `part:"value_hash"` // of some values, what orders them and the digest
	Strata     []int64  `part:"strata"`     // of some keys, one of a group among them, and of an entity
}

func currentLimits() limits {
	l := limits{
		Classes: keyname.ClassNames[:], SampleSize: int64(state.SampleSize), MinTop: state.MinTop, BinSamples: state.BinSamples,
		Spans:     append([]int64{sketch.Minute, state.MinuteSpan, sketch.Hour, state.HourSpan, sketch.Day, state.DaySpan, state.MaxBins, state.MaxBinSamples}, state.BinWidths[:]...),
		Databases: state.MaxDatabases, Types: state.MaxTypes, KeyLimits: []int64{counters.KeyLimit, counters.ExampleLimit}, Literal: keyname.MaxLiteral, Nodes: state.DefaultMaxNodes,
		Weight: state.DefaultMaxWeight, Coarse: []int64{state.MaxCoarse, state.LastCoarse, state.CutDepth}, Tags: []int64{state.SlotSamples, state.TagLimit}, Cold: counters.ColdAfter[:],
		Probes: []int64{
			keyname.ProbeStrata, state.ProbeKeys, state.ProbeBytes, state.FewStrata, state.MaxStringStratum, state.MaxOtherStratum, state.MinStratum, state.MaxStratumBytes, state.MinStratumBytes,
			state.ProbeString, state.ProbeHash, state.ProbeName, keyname.MaxDigits, keyname.EntityStrata, state.MaxEntities, state.MinEntities, state.AllEntities, state.MaxSiblings, probe.MinCompress,
			state.ValueStrata, int64(state.MaxValues), int64(state.AllHolders), state.MinHolders, keyname.WholeHash, parser.FingerprintMin, parser.FingerprintMax,
		},
	}
	hasher := keyname.NewHasher(keyname.Seed{0x0123456789abcdef, 0x1032547698badcfe})
	l.KeyHash = []uint64{hasher.Key(0, []byte("user:1000"), 9, 0), hasher.Key(7, []byte("{cart:42}:item:17:price"), 4096, 0xfedcba9876543210), hasher.Word([]byte("price"))}
	for _, v := range []string{"short", "a value of more bytes than the hash takes at once, by far", strings.Repeat("and one of which only some are hashed at first ", 9)} {
		digest := sketch.DigestOf([]byte(v))
		l.ValueHash = append(l.ValueHash, hasher.Value(100, []byte(v)), digest[0], digest[1])
	}
	for f := range probe.NumFormats {
		l.Formats = append(l.Formats, probe.Format(f).String())
	}
	split := keyname.NewSplitter(keyname.DefaultSeparators, 0)
	for _, name := range []string{"user:1000:name", "application:profile:7", "beef:12", "Session{cart}"} {
		edges := split.Split([]byte(name))
		l.Strata = append(l.Strata, int64(keyname.StratumOf(parser.DataTypeString, split.Words)), int64(keyname.StratumOf(parser.DataTypeHash, split.Words)))
		if at := keyname.FieldEdge(edges); at > 0 {
			e, _ := keyname.EntityOf(&hasher, 0, []byte(name), edges, at)
			l.Strata = append(l.Strata, int64(e.Stratum))
		}
	}
	l.Strata = append(l.Strata, int64(keyname.GroupStratum(parser.DataTypeString, 0)), int64(keyname.GroupStratum(parser.DataTypeHash, 0)))
	for e := range memory.NumEncodings {
		l.Encodings = append(l.Encodings, memory.Encoding(e).String())
	}
	for t, list := range &counters.CandidatesOf {
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
// A part that would be larger than sizeGoal gives up the samples of the timeline,
// then the hash tags of slots, and then patterns: the limits of the trie are halved
// until it fits, as when there are too many nodes. This is a function of the summary
// alone, and the part says what it is without (state.LeftOut).
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
	state := contents{Limits: currentLimits(), Config: s.Config, Sources: s.Sources, Keys: s.Keys, Failed: p.Failed, Notes: p.Notes, Logs: p.Logs}
	if err := state.check(); err != nil {
		return fmt.Errorf("the figures do not make a part: %w", err)
	}
	b, err := state.pack()
	if err != nil {
		return err
	}
	limit := goal * min(max(len(s.Sources), 1), 4) // an append-only file is no source
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
	switch {
	case !k.LeftOut.BinSamples && k.LeaveOutBinSamples(), !k.LeftOut.SlotTags && k.LeaveOutSlotTags():
		return true
	case k.Coarse >= state.MaxCoarse:
		return false
	}
	t, types := state.NewTrie(state.DefaultBounds()), state.TypeTable{}
	t.MaxNodes, t.Coarse = math.MaxInt/4, k.Coarse+1
	t.Absorb(k.Patterns, types.ID)
	t.ApplyLimits(state.RootNode)
	k.Patterns, k.Coarse, k.Capped, k.LeftOut.Patterns = t.Freeze(types.Names), t.Coarse, true, true
	return true
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
	in := &checkedReader{r: bufio.NewReaderSize(r, 64<<10)}
	body, err := readBody(in)
	if err != nil {
		return nil, err
	}
	return decode(body)
}

// partBody checks the frame of a part and returns its body.
func partBody(b []byte) ([]byte, error) {
	return readBody(&checkedReader{r: bufio.NewReader(bytes.NewReader(b))})
}

// checkedReader reads all of a part but its checksum, which it computes of the rest.
type checkedReader struct {
	r   *bufio.Reader
	n   int64  // bytes read
	sum uint64 // of them
	err error  // other than the end: the reader's own, or that there is too much
}

const sumLen = 8 // bytes

func (c *checkedReader) Read(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	if c.n > maxFile-sumLen {
		c.err = fmt.Errorf("%w: more than %d bytes", ErrDamaged, maxFile)
		return 0, c.err
	}
	// What is behind these bytes must be there before it is known that they are not
	// the checksum.
	ahead, err := c.r.Peek(min(len(p), c.r.Size()-sumLen) + sumLen)
	if err != nil && !errors.Is(err, io.EOF) {
		c.err = err
		return 0, err
	}
	n := copy(p, ahead[:max(len(ahead)-sumLen, 0)])
	if n == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	_, _ = c.r.Discard(n) // it is in the buffer
	c.n += int64(n)
	c.sum = crc64.Update(c.sum, crcTable, p[:n])
	return n, nil
}

// damaged is an error of the bytes, unless that of the reader is why.
func (c *checkedReader) damaged(format string, args ...any) error {
	if c.err != nil {
		return c.err
	}
	return fmt.Errorf("%w: "+format, append([]any{ErrDamaged}, args...)...)
}

// readBody checks the frame of a part and returns its body. Bytes are decompressed
// as they come: of what is no part little is read, and little is allocated.
func readBody(in *checkedReader) ([]byte, error) {
	if err := readHead(in); err != nil {
		return nil, err
	}
	z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxMemory(maxBody), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return nil, in.damaged("cut off or changed: %w", err)
	}
	defer z.Close()
	var body []byte
	for {
		if len(body) == cap(body) {
			body = slices.Grow(body, max(64<<10, len(body)/4))
		}
		n, err := z.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case errors.Is(err, io.EOF):
			return body, in.end()
		case err != nil:
			return nil, in.damaged("cut off or changed: %w", err)
		case len(body) > maxBody || int64(len(body)) > bodyLeast+maxRatio*in.n:
			return nil, in.damaged("its body of more than %d bytes is too large for its %d", len(body), in.n)
		}
	}
}

// readHead reads what is in front of the body.
func readHead(in *checkedReader) error {
	head, err := in.r.Peek(HeadLen)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if !Is(head) {
		return ErrNotPart
	}
	fixed := make([]byte, HeadLen+2)
	if _, err := io.ReadFull(in, fixed); err != nil {
		return in.damaged("cut off in its head")
	}
	version := binary.LittleEndian.Uint16(fixed[HeadLen:])
	var length [binary.MaxVarintLen64]byte
	n, w := uint64(0), 0
	for i := 0; i < len(length) && w == 0; i++ {
		if _, err := io.ReadFull(in, length[i:i+1]); err != nil {
			return in.damaged("cut off in its head")
		}
		n, w = binary.Uvarint(length[:i+1])
	}
	if w <= 0 || n > maxToolLen {
		return in.damaged("its head makes no sense")
	}
	tool := make([]byte, n)
	if _, err := io.ReadFull(in, tool); err != nil {
		return in.damaged("cut off in its head")
	}
	if version != formatVersion {
		again := ""
		if version < formatVersion {
			again = "; make it again from the dump"
		}
		return fmt.Errorf("%w: format %d of %s, this program reads format %d%s", ErrVersion, version, parser.Escape(tool), formatVersion, again)
	}
	return nil
}

// end reads the checksum, behind which there is nothing.
func (c *checkedReader) end() error {
	if n, err := io.Copy(io.Discard, c); n > 0 || err != nil {
		return c.damaged("%d bytes behind its body", n)
	}
	var stored [sumLen]byte
	if _, err := io.ReadFull(c.r, stored[:]); err != nil || c.sum != binary.LittleEndian.Uint64(stored[:]) {
		return c.damaged("cut off or changed, its checksum does not match")
	}
	return nil
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
		Failed:  st.Failed, Notes: st.Notes, Logs: st.Logs, Unknown: unknown, Tool: cfg.Tool,
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
		out.Logs = append(out.Logs, p.Logs...)
		out.Unknown = append(out.Unknown, p.Unknown...)
	}
	var err error
	if out.Summary, err = state.Merge(summaries...); err != nil {
		return nil, err
	}
	out.Tool = out.Summary.Config.Tool
	slices.SortFunc(out.Failed, state.CompareFailed)
	slices.SortFunc(out.Notes, state.CompareWarnings)
	slices.SortStableFunc(out.Logs, func(a, b data.CommandLog) int { return strings.Compare(a.Name, b.Name) })
	slices.Sort(out.Unknown)
	out.Unknown = slices.Compact(out.Unknown)
	return out, nil
}
