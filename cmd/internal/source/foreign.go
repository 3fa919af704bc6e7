package source

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc64"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/rdblens/rdblens/aggregate/commandlog"
)

// A file that is no dump is often one still, in some wrapping, or the answer of a store
// in its place. What can be told by its first bytes is told, with the command that
// leads on.

// ForeignError is a source that holds something else than it was taken for.
type ForeignError struct {
	What string // "base64"
	Do   string // the command, or in words what to do
}

func (e *ForeignError) Error() string { return "this is " + e.What + "; " + e.Do }

// fileWord stands for the file in the words of foreignMagics.
const fileWord = "FILE"

// foreignMagics are told by how they begin.
var foreignMagics = []struct{ magic, what, do string }{
	{"PK\x03\x04", "a zip archive", "unzip -p FILE dump.rdb | rdblens -"},
	{"PK\x05\x06", "an empty zip archive", "take another copy"},
	{"Rar!\x1a\x07", "a rar archive", "unrar p -inul FILE dump.rdb | rdblens -"},
	{"7z\xbc\xaf\x27\x1c", "a 7z archive", "7z x -so FILE dump.rdb | rdblens -"},
	{"\x1f\x9d", "a file of compress (.Z)", "zcat FILE | rdblens -"},
	{"\xff\x06\x00\x00sNaPpY", "a stream of snappy", "snzip -dc FILE | rdblens -"},
	{"Salted__", "encrypted by openssl", "openssl enc -d, with the cipher and key it was made with, -in FILE | rdblens -"},
	{"age-encryption.org/v1", "encrypted by age", "age -d FILE | rdblens -"},
	{"-----BEGIN AGE ENCRYPTED FILE-----", "encrypted by age", "age -d FILE | rdblens -"},
	{"-----BEGIN PGP MESSAGE-----", "encrypted by gpg", "gpg -d FILE | rdblens -"},
	{"version https://git-lfs.github.com/spec/", "a pointer of Git LFS, not the file itself", "git lfs pull --include FILE"},
	{"SQLite format 3\x00", "an SQLite database", "give a dump of Redis or Valkey"},
	{"PAR1", "a Parquet file", "query it with DuckDB, or give the dump itself"},
	{"database,type,key,", "rows of keys in CSV", "query them, or give the dump itself"},
	{"# Server\r\n", "what INFO prints", "give the dump itself: redis-cli --rdb dump.rdb"},
	{"\xef\xbb\xbfREDIS0", "a dump behind the mark of a text file, written by an editor or a console", "fetch it again as it is: redis-cli --rdb dump.rdb"},
	{"b'REDIS0", "bytes as Python prints them", "write them with open(path, 'wb')"},
	{`b"REDIS0`, "bytes as Python prints them", "write them with open(path, 'wb')"},
	{`"REDIS0`, "a dump as a console shows it, with \\xNN", "fetch it again as it is: redis-cli --rdb dump.rdb"},
	{"NOAUTH ", "a server's answer: it asks for a password", "REDISCLI_AUTH=... redis-cli --rdb dump.rdb"},
	{"-NOAUTH ", "a server's answer: it asks for a password", "REDISCLI_AUTH=... redis-cli --rdb dump.rdb"},
	{"Could not connect to ", "a message of redis-cli: it did not reach the server", "redis-cli -h HOST -p PORT --rdb dump.rdb"},
}

// textLost ends what is said of files whose bytes are lost.
const textLost = "the bytes are lost, so fetch it again as a binary file: redis-cli --rdb dump.rdb, curl -o, scp"

// foreign tells what a source holds that is no dump, by its first bytes, decompressed;
// nil when that is not known, or a dump or part begins there.
func foreign(head []byte, name string) *ForeignError {
	file := fileWord
	if name != StdinName {
		file = ShellWord(Printable(name))
	}
	e := mangled(head)
	if e == nil && contentOfHead(head) == 0 {
		e = wrapped(head)
	}
	if e != nil {
		e.Do = strings.ReplaceAll(e.Do, fileWord, file)
	}
	return e
}

// mangled tells dumps that went through something that takes bytes for text. Behind the
// nine bytes of its magic a dump has an opcode, of which none is a letter or the
// beginning of a character in UTF-8.
func mangled(head []byte) *ForeignError {
	if hasMagic(head) && len(head) > 16 {
		switch rest := head[9:]; {
		case bytes.HasPrefix(rest, []byte("\ufffd")):
			return &ForeignError{"a dump that went through a text conversion, which put U+FFFD in place of its bytes", textLost}
		case rest[0] == 0xc3 && rest[1] >= 0xb5 && rest[1] <= 0xbf:
			return &ForeignError{"a dump that was taken for text in Latin-1 and converted to UTF-8", "iconv -f UTF-8 -t ISO-8859-1 FILE | rdblens -"}
		case rest[0] == 'z' && bytes.HasPrefix(rest[2:], []byte("redis-ver")):
			return &ForeignError{"a dump that went through seven bits a byte", textLost}
		}
		for _, aux := range []string{"\xfa\r\nredis-bits", "\xfa\r\nvalkey-ver"} { // names of ten bytes: a line feed
			if bytes.Contains(head[:min(len(head), 512)], []byte(aux)) {
				return &ForeignError{
					"a dump in which a carriage return was put before each line feed, by a transfer in text mode",
					`perl -pe 's/\r\n/\n/' FILE | rdblens - undoes it, unless the dump had such pairs itself: its checksum tells`,
				}
			}
		}
		return nil
	}
	for _, m := range []string{"R\x00E\x00D\x00I\x00S\x00", "V\x00A\x00L\x00K\x00E\x00", "\x00R\x00E\x00D\x00I\x00S", "\x00V\x00A\x00L\x00K\x00E"} {
		if bytes.HasPrefix(bytes.TrimLeft(head, "\xff\xfe"), []byte(m)) {
			return &ForeignError{"a dump in UTF-16, as PowerShell's > and | write", textLost}
		}
	}
	return nil
}

// wrapped tells what a file holds in place of a dump.
func wrapped(head []byte) *ForeignError {
	if len(head) > 0 && len(bytes.Trim(head, "\x00")) == 0 {
		return &ForeignError{"a file that begins with " + strconv.Itoa(len(head)) + " or more zeros", "its contents were lost (a crash, a full disk, a copy that was cut off): take another copy"}
	}
	for _, m := range foreignMagics {
		if bytes.HasPrefix(head, []byte(m.magic)) {
			return &ForeignError{m.what, m.do}
		}
	}
	if isTar(head) {
		return &ForeignError{"a tar archive", "tar -xOf FILE dump.rdb | rdblens -"}
	}
	if commandlog.Is(head) {
		return &ForeignError{"an append-only file without an RDB preamble", "rdblens report FILE counts its commands, and tells how to make a dump of it"}
	}
	for _, tell := range []func([]byte) *ForeignError{inBase64, inHex, answer, manifestOfAOF, payload} {
		if e := tell(head); e != nil {
			return e
		}
	}
	return nil
}

// inBase64 tells base64 of a dump, compressed or not, and data URLs.
func inBase64(head []byte) *ForeignError {
	text := bytes.TrimLeft(head, " \t\r\n")
	undo := "base64 -d FILE | rdblens -"
	if bytes.HasPrefix(text, []byte("data:")) {
		_, behind, ok := bytes.Cut(text[:min(len(text), 200)], []byte(";base64,"))
		if !ok {
			return nil
		}
		text, undo = behind, "cut -d, -f2- FILE | base64 -d | rdblens -"
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	line = bytes.TrimRight(line, "\r")
	line = line[:len(line)/4*4]
	begin := make([]byte, base64.StdEncoding.DecodedLen(len(line)))
	n, err := base64.StdEncoding.Decode(begin, line)
	if err != nil || n < 6 || contentOfHead(begin[:n]) == 0 && detect(begin[:n]) == plain {
		return nil
	}
	return &ForeignError{"base64", undo}
}

// listing is a line of xxd or hexdump -C: offset, then bytes.
var listing = regexp.MustCompile(`^0{7,8}:? +((?:[0-9a-fA-F]{2,4} {1,2}){3,9})`)

// inHex tells a dump as hexadecimal digits.
func inHex(head []byte) *ForeignError {
	text, undo := bytes.TrimLeft(head, " \t\r\n"), "xxd -r -p FILE | rdblens -"
	if m := listing.FindSubmatch(text); m != nil {
		text, undo = bytes.ReplaceAll(m[1], []byte(" "), nil), "xxd -r FILE | rdblens -"
	}
	text = bytes.TrimPrefix(bytes.TrimPrefix(text, []byte(`\x`)), []byte("0x"))
	begin := make([]byte, 9)
	if len(text) < 2*len(begin) {
		return nil
	}
	n, _ := hex.Decode(begin, text[:2*len(begin)]) // so far as it is hexadecimal
	if n < 4 || contentOfHead(begin[:n]) == 0 && detect(begin[:n]) == plain {
		return nil
	}
	return &ForeignError{"hexadecimal digits", undo}
}

var (
	xmlCode    = regexp.MustCompile(`(?is)<Code>([^<]{1,100})</Code>`)
	xmlMessage = regexp.MustCompile(`(?is)<Message>([^<]{1,200})</Message>`)
	htmlTitle  = regexp.MustCompile(`(?is)<title[^>]*>([^<]{1,100})</title>`)
	ourSchema  = regexp.MustCompile(`"schema":\s*"(rdblens\.[a-z]+/[0-9]+)"`)
)

// answer tells what a store or web server sent in place of the file, and JSON.
func answer(head []byte) *ForeignError {
	text := bytes.TrimPrefix(bytes.TrimLeft(head, " \t\r\n"), []byte("\xef\xbb\xbf"))
	lower := bytes.ToLower(text[:min(len(text), 20)])
	again := "ask again with what it wants (credentials, region, a URL that is not expired); curl -f fails where a server refuses"
	switch {
	case bytes.HasPrefix(lower, []byte("<!doctype html")), bytes.HasPrefix(lower, []byte("<html")):
		return &ForeignError{"a web page" + quoted(htmlTitle, text) + ", in place of the file", again}
	case bytes.HasPrefix(lower, []byte("<?xml")), bytes.HasPrefix(lower, []byte("<error")):
		return &ForeignError{"an answer of an object store" + quoted(xmlCode, text) + quoted(xmlMessage, text) + ", in place of the file", again}
	case len(text) == 0 || text[0] != '{' && text[0] != '[':
		return nil
	}
	if m := ourSchema.FindSubmatch(text); m != nil {
		return &ForeignError{"a result of this program, " + string(m[1]), "give the dump it was made of, or a part (-o NAME.rdbpart)"}
	}
	for _, word := range []string{`"error`, `"code"`, `"message"`, `"__type"`, `"errors"`} {
		if bytes.Contains(bytes.ToLower(text), []byte(word)) {
			said := strings.Join(strings.Fields(strings.ToValidUTF8(string(text[:min(len(text), 120)]), "")), " ")
			return &ForeignError{"an answer in JSON, in place of the file: " + Printable(said), again}
		}
	}
	for _, c := range text[1:] {
		if c == '"' || c == '{' {
			return &ForeignError{"JSON", "give the dump itself"}
		}
		if c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			break
		}
	}
	return nil
}

// quoted is what stands in text in some place, in words.
func quoted(place *regexp.Regexp, text []byte) string {
	m := place.FindSubmatch(text)
	if m == nil {
		return ""
	}
	return fmt.Sprintf(" %q", Printable(strings.TrimSpace(string(m[1]))))
}

var manifestLine = regexp.MustCompile(`^(#[^\n]*\n)*file \S+ seq [0-9]+ type [bih]`)

func manifestOfAOF(head []byte) *ForeignError {
	if !manifestLine.Match(head) {
		return nil
	}
	return &ForeignError{"the manifest of an append-only file", "give its directory: rdblens \"$(dirname FILE)\""}
}

// crcTable is that of CRC-64/REDIS (crc64.c: Jones' polynomial, reflected).
var crcTable = crc64.MakeTable(0x95ac9329ac4bc9b5)

// crcOf continues the checksum of a dump.
func crcOf(sum uint64, p []byte) uint64 { return ^crc64.Update(^sum, crcTable, p) }

// payload tells what DUMP answers, when head is all of it; redis-cli adds a line feed.
// Behind the value stand the RDB version (u16le) and the checksum of all before it
// (u64le; cluster.c createDumpPayload).
func payload(head []byte) *ForeignError {
	if len(head) == headSize {
		return nil // see longPayload
	}
	for _, b := range [][]byte{head, bytes.TrimSuffix(head, []byte("\n"))} {
		if n := len(b) - 8; n > 2 && crcOf(0, b[:n]) == binary.LittleEndian.Uint64(b[n:]) {
			return payloadError(int64(len(b)))
		}
	}
	return nil
}

func payloadError(size int64) *ForeignError {
	return &ForeignError{
		"what DUMP answers, the value of one key",
		fmt.Sprintf("a server takes it: head -c %d FILE | redis-cli -x RESTORE NAME 0, then redis-cli --rdb dump.rdb", size),
	}
}

// maxPayload is the largest string of a server, and so about the largest answer of DUMP.
const maxPayload = 512 << 20

// longPayload is payload for a source that is longer than its head, from its beginning.
func longPayload(r io.Reader) *ForeignError {
	const behind = 9 // checksum and line feed
	buf := make([]byte, 64<<10)
	var sum uint64
	kept, size := 0, int64(0)
	for {
		n, err := r.Read(buf[kept:])
		size += int64(n)
		if kept += n; kept > behind {
			sum = crcOf(sum, buf[:kept-behind])
			copy(buf, buf[kept-behind:kept])
			kept = behind
		}
		if err != nil {
			break
		}
	}
	switch {
	case kept < behind:
	case binary.LittleEndian.Uint64(buf) == sum && buf[8] == '\n':
		return payloadError(size - 1)
	case binary.LittleEndian.Uint64(buf[1:]) == crcOf(sum, buf[:1]):
		return payloadError(size)
	}
	return nil
}

// ShellWord quotes a word for a shell where it needs that.
func ShellWord(word string) string {
	if word != "" && strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+") == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
