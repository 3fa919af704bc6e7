package probe

import (
	"encoding/json"
	"strconv"

	"github.com/rdblens/rdblens/parser"
)

// pair is a field of a JSON object: its name without quotes and its value as
// they stand there.
type pair struct {
	name, value []byte
}

// maxFields bounds the fields of an object that are converted.
const maxFields = 4096

// object cuts a valid JSON object into its fields; nested says that some value
// is an object or an array. nil for more than maxFields.
func object(v []byte, pairs []pair) (out []pair, nested bool) {
	i := skipSpace(v, 0) + 1 // behind the brace
	for {
		i = skipSpace(v, i)
		if i >= len(v) || v[i] == '}' {
			return pairs, nested
		}
		if v[i] == ',' {
			i++
			continue
		}
		if len(pairs) == maxFields {
			return nil, nested
		}
		end := valueEnd(v, i)
		name := v[i+1 : end-1]
		i = skipSpace(v, skipSpace(v, end)+1) // the colon
		end = valueEnd(v, i)
		nested = nested || v[i] == '{' || v[i] == '['
		pairs = append(pairs, pair{name, v[i:end]})
		i = end
	}
}

func skipSpace(v []byte, i int) int {
	for i < len(v) && (v[i] == ' ' || v[i] == '\n' || v[i] == '\r' || v[i] == '\t') {
		i++
	}
	return i
}

// valueEnd returns the end of the value that begins at i in valid JSON.
func valueEnd(v []byte, i int) int {
	depth := 0
	for ; i < len(v); i++ {
		switch v[i] {
		case '"':
			for i++; i < len(v) && v[i] != '"'; i++ {
				if v[i] == '\\' {
					i++
				}
			}
			if depth == 0 {
				return min(i+1, len(v))
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			} else if depth < 0 {
				return i
			}
		case ',', ' ', '\n', '\r', '\t', ':':
			if depth == 0 {
				return i
			}
		}
	}
	return i
}

// plain returns a value as a client would store it in a hash: a string without
// quotes and escapes, anything else as it stands.
func plain(v []byte) []byte {
	if len(v) < 2 || v[0] != '"' {
		return v
	}
	return unquoted(v[1 : len(v)-1])
}

// unquoted returns the inside of a JSON string without its escapes.
func unquoted(text []byte) []byte {
	for _, c := range text {
		if c == '\\' {
			var s string
			if json.Unmarshal(append(append([]byte{'"'}, text...), '"'), &s) == nil {
				return []byte(s)
			}
			break
		}
	}
	return text
}

// intClass returns the class of a text that servers store as an integer
// (util.c string2ll: the canonical decimal text of an int64).
func intClass(text []byte) parser.IntClass {
	if len(text) == 0 || len(text) > 20 || text[0] != '-' && (text[0] < '0' || text[0] > '9') {
		return parser.NotInt
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != string(text) {
		return parser.NotInt
	}
	return parser.ClassOf(n)
}
