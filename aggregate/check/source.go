package check

import (
	"errors"
	"fmt"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/parser"
)

// Source is what a check found in one source. Text from the dump is escaped;
// sizes and offsets are bytes. No slice and no map is nil.
type Source struct {
	Name          string            `json:"name"`
	Bytes         int64             `json:"bytes"`                 // read, decompressed
	Size          int64             `json:"-"`                     // of the source, 0 when not known
	Compression   string            `json:"compression,omitempty"` // gzip, zstd, lz4, bzip2, xz, vcs-lz4, vcs-zstd
	Magic         string            `json:"magic"`                 // REDIS0011, VALKEY080; empty when the source is no dump
	RDBVersion    int               `json:"rdb_version"`
	ServerVersion string            `json:"server_version"` // what wrote it, as redis 7.4.1; empty when the dump does not say
	Ctime         *aggregate.Time   `json:"ctime"`          // when the dump says it was written
	Now           *aggregate.Time   `json:"now"`            // the clock for expired
	Aux           map[string]string `json:"aux"`            // AUX fields, of a repeated one the last
	Keys          int64             `json:"keys"`           // read
	Expires       int64             `json:"expires"`        // keys with an expiry
	Expired       *int64            `json:"expired"`        // of them, before now; null without a clock
	Databases     []Database        `json:"databases"`      // in order of appearance; of more than 16,384 by number, the others as one
	Types         map[string]int64  `json:"types"`          // keys, by the type's name in rdb.h
	Opcodes       map[string]int64  `json:"opcodes"`        // records, by the opcode's name in rdb.h
	Duplicates    *Duplicates       `json:"duplicates"`     // null when the source is no dump
	Members       *Members          `json:"members"`        // null when the source is no dump
	Functions     int64             `json:"functions"`      // function libraries
	FunctionBytes int64             `json:"function_bytes"` // of their records
	Modules       []Module          `json:"modules"`        // values of modules
	ModuleAux     []Module          `json:"module_aux"`     // sections of modules before or after the keys
	Walked        bool              `json:"walked"`         // every packed blob was read entry by entry
	// Checksum is ok, mismatch, disabled (zero: the writer computed none),
	// absent (RDB versions below 5), skipped, or unknown (the end was not reached).
	Checksum          string   `json:"checksum"`
	ChecksumStored    string   `json:"checksum_stored,omitempty"`      // hexadecimal, when it differs
	ChecksumComputed  string   `json:"checksum_computed,omitempty"`    // hexadecimal, when it differs
	Start             int64    `json:"start"`                          // offset of the magic
	End               int64    `json:"end"`                            // offset after the footer, 0 when it was not reached
	Tail              *Tail    `json:"tail"`                           // what follows the dump
	Error             string   `json:"error,omitempty"`                // what is wrong; missing when nothing is
	ErrorOffset       *int64   `json:"error_offset,omitempty"`         // where it was noticed
	UnknownType       bool     `json:"unknown_type,omitempty"`         // the error is a type or opcode that nobody here knows: no damage
	RefusedBy         string   `json:"refused_by,omitempty"`           // the line that was asked for and does not load the dump
	LastGoodKey       string   `json:"last_good_key,omitempty"`        // the last key that was read whole before the error
	LastGoodKeyDB     *int32   `json:"last_good_key_db,omitempty"`     // its database
	LastGoodKeyOffset *int64   `json:"last_good_key_offset,omitempty"` // of its record
	DamageCount       int64    `json:"damages,omitempty"`              // after salvage: how often something was passed over
	SkippedBytes      int64    `json:"skipped_bytes,omitempty"`        // after salvage: how many bytes
	Damage            []Damage `json:"damage,omitempty"`               // after salvage: the first of those places
	onlyRefused       bool     // the error is that of RefusedBy

	// Warnings are claims that the bytes do not bear out, and what else is odd;
	// never what makes a source damaged.
	Warnings []aggregate.Warning `json:"-"`
}

// Damage is a place that salvage passed over.
type Damage struct {
	From    int64  `json:"from"`    // offset of the record that could not be read
	Resumed *int64 `json:"resumed"` // offset where reading went on; null: nowhere
	Error   string `json:"error"`
}

// Database is one database of a dump.
type Database struct {
	DB              int32  `json:"db"`               // -1: all beyond the 16,384 with the smallest numbers
	DeclaredKeys    *int64 `json:"declared_keys"`    // by RESIZEDB, null when it says nothing
	DeclaredExpires *int64 `json:"declared_expires"` // by RESIZEDB
	Keys            int64  `json:"keys"`             // read
	Expires         int64  `json:"expires"`          // read, with an expiry
	Expired         *int64 `json:"expired"`          // of them, before now; null without a clock
	Slots           int64  `json:"slots,omitempty"`  // SLOT_INFO records
}

// Module is what a dump has of a module.
type Module struct {
	Name    string `json:"name"`
	Version int    `json:"version"` // of the encoding
	Count   int64  `json:"count"`   // values, or sections
	Bytes   int64  `json:"bytes"`   // in the dump
}

// Tail is what follows the dump.
type Tail struct {
	Kind  string `json:"kind"`  // aof, eof-mark, newline, rdb or garbage
	Bytes int64  `json:"bytes"` // to the end of the source
}

// fill takes over what the reader knows.
func (s *Source) fill(in *parser.Info, offset int64) {
	s.Bytes = max(offset, in.End+in.Tail.Bytes)
	if in.Magic == "" {
		return
	}
	s.Magic, s.RDBVersion, s.ServerVersion, s.Ctime = in.Magic, in.Version, serverVersion(&in.Header), writtenAt(&in.Header)
	s.Aux = map[string]string{}
	for _, x := range in.Aux {
		s.Aux[parser.Escape([]byte(x.Key))] = parser.Escape([]byte(x.Value))
	}
	s.Keys, s.Expires, s.Start, s.End, s.Walked = in.Keys, in.Expires, in.Start, in.End, in.Walked
	for _, d := range in.Databases {
		db := Database{DB: d.DB, Keys: d.Keys, Expires: d.Expires, Slots: d.Slots}
		if d.DeclaredKeys >= 0 {
			db.DeclaredKeys, db.DeclaredExpires = &d.DeclaredKeys, &d.DeclaredExpires
		}
		s.Databases = append(s.Databases, db)
	}
	s.fillRecords(in)
	s.Checksum = in.Checksum.String()
	if in.Checksum == parser.ChecksumMismatch {
		s.ChecksumStored, s.ChecksumComputed = fmt.Sprintf("%016x", in.ChecksumStored), fmt.Sprintf("%016x", in.ChecksumComputed)
	}
	s.DamageCount, s.SkippedBytes = in.DamageCount, in.Skipped
	for _, d := range in.Damage {
		place := Damage{From: d.From, Error: d.Err.Error()}
		if d.Resumed >= 0 {
			place.Resumed = &d.Resumed
		}
		s.Damage = append(s.Damage, place)
	}
	if in.Tail.Bytes > 0 {
		s.Tail = &Tail{in.Tail.Kind, in.Tail.Bytes}
	}
	for _, w := range in.Warnings {
		s.Warnings = append(s.Warnings, aggregate.Warning{Source: s.Name, Code: string(w.Code), Text: warningText(&w), Count: w.Count})
	}
}

// fillRecords counts records by what they are.
func (s *Source) fillRecords(in *parser.Info) {
	s.Types, s.Opcodes = map[string]int64{}, map[string]int64{}
	for t, n := range in.Types {
		if n > 0 {
			s.Types[parser.Type(t).String()] += n
		}
	}
	for op, n := range in.Opcodes {
		name := parser.OpcodeName(byte(op), in.Dialect)
		if n > 0 && name != "" {
			s.Opcodes[name] += n
		}
	}
	s.Functions, s.FunctionBytes = in.Functions, in.FunctionBytes
	s.Modules, s.ModuleAux = modules(in.Modules), modules(in.ModuleAux)
}

func modules(use []parser.ModuleUse) []Module {
	var out []Module
	for _, m := range use {
		out = append(out, Module{Name: parser.Escape([]byte(m.Name)), Version: m.Version, Count: m.Count, Bytes: m.Bytes})
	}
	return out
}

// maxQuoted is how many bytes of a name a sentence quotes.
const maxQuoted = 200

// warningText says where the first occurrence is.
func warningText(w *parser.Warning) string {
	text := fmt.Sprintf("offset %d", w.Offset)
	if w.Key != "" {
		// A quotation mark within it is \x22, as parser.Quote has it.
		text += " (key " + quoted(clipped([]byte(w.Key), maxQuoted)) + ")"
	}
	text += ": " + w.Text
	if w.Count > 1 {
		text += fmt.Sprintf(", and %d more", w.Count-1)
	}
	return text
}

// judge says what is wrong with the source, if anything is: what ended the reading, or
// else the first place for which a server refuses the dump that the reader got along
// with. (A server with sanitize-dump-payload, to be exact, and redis-check-rdb: one
// without loads some of it, and fails when the value is used.)
func (s *Source) judge(in *parser.Info, err error, d *defect) {
	if d.count > 0 {
		w := parser.Warning{Code: warnIntegrity, Count: d.count, Offset: d.offset, Key: string(d.key), Text: d.text}
		s.Warnings = append(s.Warnings, aggregate.Warning{Source: s.Name, Code: string(w.Code), Text: warningText(&w), Count: w.Count})
		s.refuse(warningText(&w), w.Offset)
	}
	s.refuseTwice()
	for _, w := range in.Warnings {
		if w.Code.Defect() {
			s.refuse(warningText(&w), w.Offset)
		}
	}
	if err == nil {
		return
	}
	s.UnknownType = s.Error == "" && errors.Is(err, parser.ErrUnknownType) && in.DamageCount == 0
	s.Error, s.ErrorOffset = err.Error(), offsetOf(err)
	if in.Keys > 0 {
		s.LastGoodKey = clipped(in.LastKey, 1024)
		s.LastGoodKeyDB, s.LastGoodKeyOffset = &in.LastKeyDB, &in.LastKeyOffset
	}
}

// warnIntegrity: parts of a value contradict each other.
const warnIntegrity parser.WarningCode = "integrity"

// refuse makes text the source's error unless an earlier place has one.
func (s *Source) refuse(text string, offset int64) {
	if s.Error == "" || offset < *s.ErrorOffset {
		s.Error, s.ErrorOffset = text, &offset
	}
}

// refuseTwice takes what is there twice for an error: where it is proven, and where the
// source cannot be read again for a proof.
func (s *Source) refuseTwice() {
	if d := s.Duplicates; d != nil {
		switch {
		case d.First != nil:
			s.refuse(fmt.Sprintf("offset %d: key %s is in db %d already", d.First.Offset, quoted(d.First.Key), d.First.DB), d.First.Offset)
		case d.Possible > 0 && !d.looked:
			s.refuse(fmt.Sprintf("%d keys are in their database already, by their fingerprints of 64 bits: which ones takes a source that can be read twice", d.Possible), s.End)
		}
	}
	if m := s.Members; m != nil {
		switch {
		case m.First != nil:
			s.refuse(fmt.Sprintf("offset %d (key %s): a member or field is there twice", m.First.Offset, quoted(m.First.Key)), m.First.Offset)
		case m.Possible > 0 && !s.Duplicates.looked:
			s.refuse(fmt.Sprintf("%d members are in their value already, by their fingerprints of 64 bits: which ones takes a source that can be read twice", m.Possible), s.End)
		}
	}
}

// quoted quotes text that is escaped already.
func quoted(text string) string { return `"` + strings.ReplaceAll(text, `"`, `\x22`) + `"` }

// complete replaces nil lists and maps: JSON promises arrays and objects.
func (s *Source) complete() {
	if s.Checksum == "" {
		s.Checksum = parser.ChecksumUnknown.String()
	}
	if s.Aux == nil {
		s.Aux = map[string]string{}
	}
	if s.Types == nil {
		s.Types = map[string]int64{}
	}
	if s.Opcodes == nil {
		s.Opcodes = map[string]int64{}
	}
	if s.Databases == nil {
		s.Databases = []Database{}
	}
	if s.Modules == nil {
		s.Modules = []Module{}
	}
	if s.ModuleAux == nil {
		s.ModuleAux = []Module{}
	}
}

// serverVersion is what wrote a dump, as far as the dump says.
func serverVersion(h *parser.Header) string {
	for _, aux := range []struct{ key, name string }{{"df-ver", "dragonfly"}, {"valkey-ver", "valkey"}, {"redis-ver", "redis"}} {
		if v, ok := h.Lookup(aux.key); ok {
			return aux.name + " " + clipped([]byte(v), 40)
		}
	}
	return ""
}

// writtenAt is when a dump was written, as far as it says.
func writtenAt(h *parser.Header) *aggregate.Time {
	text, ok := h.Lookup("ctime")
	if !ok {
		return nil
	}
	var s int64
	if _, err := fmt.Sscanf(text, "%d", &s); err != nil || s <= 0 || s >= 1<<40 {
		return nil
	}
	t := aggregate.Time(s * 1000)
	return &t
}

// clipped is at most n bytes of b, escaped.
func clipped(b []byte, n int) string {
	if len(b) > n {
		return parser.Escape(b[:n]) + "…"
	}
	return parser.Escape(b)
}
