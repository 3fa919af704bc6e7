package source

import (
	"bytes"
	"io"
)

// headSize is how much of a file is read to judge it.
const headSize = 4 << 10

// readHead reads up to headSize bytes.
func readHead(r io.Reader) ([]byte, error) {
	head := make([]byte, headSize)
	n, err := io.ReadFull(r, head)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil
	}
	return head[:n], err
}

// looksLikeDump reports whether head begins a dump: its magic, or a
// replication capture around it (keep-alive newlines, a +FULLRESYNC reply, the
// $length or $EOF: line of the bulk transfer).
func looksLikeDump(head []byte) bool {
	for {
		head = bytes.TrimLeft(head, "\r\n")
		if len(head) == 0 || head[0] != '+' && head[0] != '$' {
			return hasMagic(head)
		}
		_, rest, ok := bytes.Cut(head, []byte("\n"))
		if !ok {
			return false
		}
		head = rest
	}
}

// nearMagic reports whether head begins with the magic of a dump but for one byte,
// or is nothing but its beginning.
func nearMagic(head []byte) bool {
	for _, m := range []string{"REDIS0000", "VALKEY000"} {
		n := min(len(head), len(m))
		wrong := 0
		for i, c := range []byte(m[:n]) {
			if c == '0' && (head[i] < '0' || head[i] > '9') || c != '0' && c != head[i] {
				wrong++
			}
		}
		if wrong == 0 && n >= 4 || wrong == 1 && n == len(m) {
			return true
		}
	}
	return false
}

func hasMagic(head []byte) bool {
	for _, m := range []struct {
		magic  string
		digits int
	}{{"REDIS", 4}, {"VALKEY", 3}} {
		version, ok := bytes.CutPrefix(head, []byte(m.magic))
		if ok && len(version) >= m.digits && len(bytes.Trim(version[:m.digits], "0123456789")) == 0 {
			return true
		}
	}
	return false
}
