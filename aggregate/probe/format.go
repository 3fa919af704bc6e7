package probe

import (
	"bytes"
	"encoding/json"
	"unicode"
	"unicode/utf8"
)

// Format is what a value looks like: the serializer or compressor that wrote it.
type Format uint8

// Formats are recognised by magic numbers where they have one, by structure
// where they have none. Their numbers are part of summaries.
const (
	FormatUnknown Format = iota
	FormatEmpty
	FormatNumber
	FormatText
	FormatJSONObject
	FormatJSONArray
	FormatXML
	FormatJWT
	FormatPHP
	FormatIgbinary
	FormatPickle
	FormatJava
	FormatDotNet
	FormatRuby
	FormatErlang
	FormatMsgpack
	FormatCBOR
	FormatProtobuf
	FormatGzip
	FormatZlib
	FormatZstd
	FormatLZ4
	FormatSnappy
	FormatBzip2
	FormatXZ
	FormatPNG
	FormatJPEG
	FormatGIF
	FormatWebP
	FormatPDF
	FormatHyperLogLog
	FormatBinary
	NumFormats = int(FormatBinary) + 1
)

var formatNames = [NumFormats]string{"unknown", "empty", "number", "text", "json", "json array", "xml", "jwt", "php serialize", "igbinary",
	"pickle", "java serialization", ".net binaryformatter", "ruby marshal", "erlang term", "msgpack", "cbor", "protobuf (by structure)",
	"gzip", "zlib", "zstd", "lz4", "snappy", "bzip2", "xz", "png", "jpeg", "gif", "webp", "pdf", "hyperloglog", "other binary"}

// String returns the format's name.
func (f Format) String() string {
	if int(f) < NumFormats {
		return formatNames[f]
	}
	return formatNames[FormatUnknown]
}

// Compressed reports whether bytes of this format do not compress again.
func (f Format) Compressed() bool { return f >= FormatGzip && f <= FormatPDF }

// Opaque reports whether a client may store bytes of this format in another
// form: commands of the server work on a HyperLogLog and on bitmaps, which look
// like any binary data.
func (f Format) Opaque() bool {
	return f != FormatHyperLogLog && f != FormatBinary && f != FormatUnknown
}

// Serialized reports whether a serializer of some language or library wrote it.
func (f Format) Serialized() bool {
	return f >= FormatPHP && f <= FormatProtobuf || f == FormatJSONObject || f == FormatJSONArray
}

// magics are formats told by their first bytes.
var magics = []struct {
	head   string
	format Format
}{
	{"\x1f\x8b\x08", FormatGzip},
	{"\x28\xb5\x2f\xfd", FormatZstd},
	{"\x04\x22\x4d\x18", FormatLZ4},
	{"\xff\x06\x00\x00sNaPpY", FormatSnappy},
	{"BZh", FormatBzip2},
	{"\xfd7zXZ\x00", FormatXZ},
	{"\x89PNG\r\n\x1a\n", FormatPNG},
	{"\xff\xd8\xff", FormatJPEG},
	{"GIF87a", FormatGIF},
	{"GIF89a", FormatGIF},
	{"%PDF-", FormatPDF},
	{"HYLL", FormatHyperLogLog},
	{"\xac\xed\x00\x05", FormatJava},
	{"\x00\x01\x00\x00\x00\xff\xff\xff\xff", FormatDotNet},
	{"\x00\x00\x00\x02", FormatIgbinary},
	{"\xd9\xd9\xf7", FormatCBOR},
}

// Sniff tells the format of a value. whole says that v is all of it; of a value
// that was cut only what its beginning shows is told.
func Sniff(v []byte, whole bool) Format {
	if len(v) == 0 {
		return FormatEmpty
	}
	for i := range magics {
		if m := &magics[i]; len(v) > len(m.head) && string(v[:len(m.head)]) == m.head {
			return m.format
		}
	}
	switch c := v[0]; {
	case c == 0x78 && len(v) > 6 && (uint(c)<<8|uint(v[1]))%31 == 0 && v[1]&0x20 == 0:
		return FormatZlib // RFC 1950: deflate, window 32 KiB, header checksum
	case len(v) > 12 && string(v[:4]) == "RIFF" && string(v[8:12]) == "WEBP":
		return FormatWebP
	case c == 0x80 && len(v) > 3 && v[1] >= 2 && v[1] <= 5 && (!whole || v[len(v)-1] == '.'):
		return FormatPickle // PROTO, version, … STOP
	case c == 4 && len(v) > 3 && v[1] == 8 && bytes.IndexByte([]byte(`"[{I:oUuicelmf0TFS/@`), v[2]) >= 0:
		return FormatRuby // Marshal 4.8 and a type
	case c == 131 && len(v) > 2 && (v[1] == 80 || v[1] >= 97 && v[1] <= 119 || v[1] == 70):
		return FormatErlang // External Term Format and a tag
	}
	if f := sniffText(v, whole); f != FormatUnknown {
		return f
	}
	switch {
	case whole && msgpackWhole(v):
		return FormatMsgpack
	case whole && protobufWhole(v):
		return FormatProtobuf
	}
	return FormatBinary
}

// sniffText tells formats that are text, FormatUnknown for what is not.
func sniffText(v []byte, whole bool) Format {
	t := bytes.TrimLeft(v, " \t\r\n")
	if len(t) == 0 {
		return FormatText
	}
	switch t[0] {
	case '{', '[':
		f := FormatJSONObject
		if t[0] == '[' {
			f = FormatJSONArray
		}
		if whole && json.Valid(t) || !whole && len(t) > 2 && bytes.IndexByte([]byte("\"{[]}0123456789-tfn \r\n"), t[1]) >= 0 && printableText(v, whole) {
			return f
		}
	case '<':
		if len(t) > 3 && (t[1] == '?' || t[1] == '!' || t[1] >= 'A' && t[1] <= 'z') && bytes.IndexByte(t, '>') > 0 && printableText(v, whole) {
			return FormatXML
		}
	case 'e':
		if bytes.HasPrefix(t, []byte("eyJ")) && bytes.Count(t, []byte{'.'}) == 2 && len(t) > 30 {
			return FormatJWT
		}
	}
	if isPHP(v) {
		return FormatPHP
	}
	if isNumber(t) {
		return FormatNumber
	}
	if printableText(v, whole) {
		return FormatText
	}
	return FormatUnknown
}

// isPHP recognises PHP's serialize(): a tag, a colon, a length, a colon and
// what that tag opens with; and PHP sessions, a name and a bar before it.
func isPHP(v []byte) bool {
	if bar := bytes.IndexByte(v[:min(len(v), 64)], '|'); bar > 0 && isWord(v[:bar]) {
		v = v[bar+1:]
	}
	if len(v) < 4 || v[1] != ':' {
		return len(v) == 2 && v[0] == 'N' && v[1] == ';'
	}
	i := 2
	for i < len(v) && (v[i] >= '0' && v[i] <= '9' || v[i] == '-' || v[i] == '.') {
		i++
	}
	if i == 2 || i >= len(v) {
		return false
	}
	rest := v[i:]
	switch v[0] {
	case 'a':
		return bytes.HasPrefix(rest, []byte(":{"))
	case 'O', 's', 'C', 'E':
		return bytes.HasPrefix(rest, []byte(`:"`))
	case 'i', 'd', 'b':
		return rest[0] == ';'
	}
	return false
}

func isWord(b []byte) bool {
	for _, c := range b {
		if c != '_' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return len(b) > 0
}

// isNumber reports whether a text is a decimal number.
func isNumber(t []byte) bool {
	if len(t) > 0 && (t[0] == '-' || t[0] == '+') {
		t = t[1:]
	}
	digits, dots := 0, 0
	for _, c := range t {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c == '.':
			dots++
		default:
			return false
		}
	}
	return digits > 0 && dots <= 1
}

// printableText reports whether v is UTF-8 without control characters; the last
// rune of a value that was cut may be incomplete.
func printableText(v []byte, whole bool) bool {
	for i := 0; i < len(v); {
		r, n := utf8.DecodeRune(v[i:])
		switch {
		case r == utf8.RuneError && n <= 1:
			return !whole && len(v)-i < utf8.UTFMax
		case r < 0x20 && r != '\t' && r != '\n' && r != '\r', r == 0x7f, r >= 0x80 && !unicode.IsPrint(r) && !unicode.IsSpace(r):
			return false
		}
		i += n
	}
	return true
}

// maxNesting bounds what the structural tests follow.
const maxNesting = 64

// msgpackWhole reports whether v is one MessagePack map or array of at least two
// values (specification, "Formats"), a text among them.
func msgpackWhole(v []byte) bool {
	c := v[0]
	if !(c >= 0x80 && c <= 0x9f || c >= 0xdc && c <= 0xdf) {
		return false
	}
	w := msgpack{b: v}
	return w.value(0) && len(w.b) == 0 && w.texts > 0 && w.values > 2
}

type msgpack struct {
	b             []byte
	texts, values int
}

// take cuts n bytes off.
func (w *msgpack) take(n uint64) bool {
	if n > uint64(len(w.b)) {
		return false
	}
	w.b = w.b[n:]
	return true
}

// number reads a big-endian number of n bytes.
func (w *msgpack) number(n int) (v uint64, ok bool) {
	if n > len(w.b) {
		return 0, false
	}
	for _, c := range w.b[:n] {
		v = v<<8 | uint64(c)
	}
	w.b = w.b[n:]
	return v, true
}

func (w *msgpack) text(n uint64) bool {
	if n > uint64(len(w.b)) || !utf8.Valid(w.b[:n]) {
		return false
	}
	w.texts++
	return w.take(n)
}

func (w *msgpack) run(n uint64, depth int) bool {
	if n > uint64(len(w.b)) { // each value takes a byte at least
		return false
	}
	for ; n > 0; n-- {
		if !w.value(depth + 1) {
			return false
		}
	}
	return true
}

func (w *msgpack) value(depth int) bool {
	if len(w.b) == 0 || depth > maxNesting {
		return false
	}
	c := w.b[0]
	w.b = w.b[1:]
	w.values++
	switch {
	case c < 0x80 || c >= 0xe0 || c == 0xc0 || c == 0xc2 || c == 0xc3:
		return true
	case c <= 0x8f:
		return w.run(2*uint64(c&15), depth)
	case c <= 0x9f:
		return w.run(uint64(c&15), depth)
	case c <= 0xbf:
		return w.text(uint64(c & 31))
	}
	return w.sized(c, depth)
}

// sized reads what stands behind the codes 0xc1 and 0xc4 to 0xdf.
func (w *msgpack) sized(c byte, depth int) bool {
	length := func(width int, then func(uint64) bool) bool {
		n, ok := w.number(width)
		return ok && then(n)
	}
	switch c {
	case 0xc4, 0xc5, 0xc6: // bin
		return length(1<<(c-0xc4), w.take)
	case 0xc7, 0xc8, 0xc9: // ext
		return length(1<<(c-0xc7), func(n uint64) bool { return w.take(n + 1) })
	case 0xca, 0xcb: // float
		return w.take(4 << (c - 0xca))
	case 0xcc, 0xcd, 0xce, 0xcf: // uint
		return w.take(1 << (c - 0xcc))
	case 0xd0, 0xd1, 0xd2, 0xd3: // int
		return w.take(1 << (c - 0xd0))
	case 0xd4, 0xd5, 0xd6, 0xd7, 0xd8: // fixext
		return w.take(1 + 1<<(c-0xd4))
	case 0xd9, 0xda, 0xdb: // str
		return length(1<<(c-0xd9), w.text)
	case 0xdc, 0xdd: // array
		return length(2<<(c-0xdc), func(n uint64) bool { return w.run(n, depth) })
	case 0xde, 0xdf: // map
		return length(2<<(c-0xde), func(n uint64) bool { return n < 1<<32 && w.run(2*n, depth) })
	}
	return false
}

// protobufWhole reports whether v reads as a message of at least three fields in
// Protocol Buffers' wire format, one of them with a length. It proves nothing:
// the format names itself nowhere.
func protobufWhole(v []byte) bool {
	fields, lengths := 0, 0
	for len(v) > 0 {
		tag, n := varint(v)
		if n == 0 || tag>>3 == 0 || tag>>3 > 1<<10 {
			return false
		}
		v = v[n:]
		size := uint64(0)
		switch tag & 7 {
		case 0:
			if _, n = varint(v); n == 0 {
				return false
			}
			size = uint64(n)
		case 1:
			size = 8
		case 2:
			if size, n = varint(v); n == 0 {
				return false
			}
			v = v[n:]
			lengths++
		case 5:
			size = 4
		default:
			return false
		}
		if size > uint64(len(v)) {
			return false
		}
		v = v[size:]
		fields++
	}
	return fields >= 3 && lengths > 0
}

// varint reads a base-128 number and returns the bytes it took, 0 for none.
func varint(v []byte) (x uint64, n int) {
	for n < len(v) && n < 10 {
		c := v[n]
		x |= uint64(c&0x7f) << (7 * n)
		n++
		if c < 0x80 {
			return x, n
		}
	}
	return 0, 0
}
