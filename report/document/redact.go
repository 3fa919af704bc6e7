package document

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"reflect"
	"regexp"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/keyname"
)

// Redactor replaces the names of keys by tokens, the beginning of their
// HMAC-SHA256: equal names have equal tokens, and nobody without the secret can
// try names. Patterns stay, but for words in them that few keys have.
//
// It is not safe for concurrent use.
type Redactor struct {
	secret []byte
	common map[string]bool // words of patterns that many keys have
	row    aggregate.Row
	key    []byte
	text   []byte
}

// redactBelow is the number of keys below which a word of a pattern is replaced.
const redactBelow = 10

// NewRedactor returns a Redactor with a secret of any length but none.
func NewRedactor(secret []byte) *Redactor { return &Redactor{secret: secret} }

// Token returns what stands for a name.
func (r *Redactor) Token(name string) string {
	h := hmac.New(sha256.New, r.secret)
	h.Write([]byte(name))
	return "~" + hex.EncodeToString(h.Sum(nil)[:6])
}

// Report redacts a report in place, before advice is taken from it, so that what
// is derived from it holds tokens as well.
func (r *Redactor) Report(rep *aggregate.Report) {
	keys := make(map[string]int64)
	for i := range rep.Facts.Patterns {
		p := &rep.Facts.Patterns[i]
		words := make(map[string]bool)
		r.words(p.Pattern, func(w string) string { words[w] = true; return w })
		for w := range words {
			keys[w] += p.Keys
		}
	}
	r.common = make(map[string]bool)
	for w, n := range keys {
		if n >= redactBelow {
			r.common[w] = true
		}
	}
	r.walk(reflect.ValueOf(rep).Elem())
	rep.Facts.Redacted = true
}

// redactedFields says, by the name of a field anywhere in a report, what its text
// is.
var redactedFields = map[string]func(*Redactor, string) string{
	"Pattern": (*Redactor).pattern, "Match": (*Redactor).pattern, "TopPatterns": (*Redactor).pattern,
	"Prefix": (*Redactor).pattern, "PurePattern": (*Redactor).pattern, "Tag": (*Redactor).tag,
	"ShortName": (*Redactor).pattern, "NumberedName": (*Redactor).pattern, "EncodedName": (*Redactor).pattern, "Also": (*Redactor).pattern,
	"TopField": (*Redactor).field,
	"Library":  (*Redactor).name,
	"Group":    (*Redactor).name, "Consumer": (*Redactor).name,
	"Key": (*Redactor).name, "Example": (*Redactor).name, "LastGoodKey": (*Redactor).name, "Names": (*Redactor).name,
	"KeyBase64": func(*Redactor, string) string { return "" },
	"Error":     (*Redactor).Text, "Text": (*Redactor).Text,
	"Previews": func(*Redactor, string) string { return "" },
}

// walk redacts the fields below v.
func (r *Redactor) walk(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			r.walk(v.Elem())
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			r.walk(v.Index(i))
		}
	case reflect.Struct:
		if _, own := v.Interface().(aggregate.Filters); own {
			return // what the user asked for
		}
		for i := range v.NumField() {
			f := v.Field(i)
			if redact := redactedFields[v.Type().Field(i).Name]; redact != nil {
				r.texts(f, redact)
			}
			r.walk(f)
		}
	}
}

// texts redacts a text, or a list of them.
func (r *Redactor) texts(v reflect.Value, redact func(*Redactor, string) string) {
	switch v.Kind() {
	case reflect.String:
		if v.CanSet() {
			v.SetString(redact(r, v.String()))
		}
	case reflect.Slice:
		for i := range v.Len() {
			r.texts(v.Index(i), redact)
		}
	}
}

// name redacts a key; none stays none.
func (r *Redactor) name(name string) string {
	if name == "" {
		return ""
	}
	return r.Token(name)
}

// pattern redacts the words of a pattern, or of a glob, that few keys have.
func (r *Redactor) pattern(text string) string {
	if text == "[other]" {
		return text
	}
	return r.words(text, func(w string) string {
		if r.common[w] {
			return w
		}
		return r.Token(w)
	})
}

// field redacts the name of a field, unless it is a word that programs use.
func (r *Redactor) field(name string) string {
	if keyname.IsPlainWord([]byte(name)) {
		return name
	}
	return r.name(name)
}

// tag redacts a hash tag, the bytes of a key, unless it is a word of patterns.
func (r *Redactor) tag(text string) string {
	if r.common[text] {
		return text
	}
	return r.name(text)
}

// words replaces the words of a pattern: runs of what is no separator, outside
// of classes in braces. The doubled braces of a key are separators.
func (r *Redactor) words(text string, replace func(string) string) string {
	var out strings.Builder
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '{' && i+1 < len(text) && text[i+1] != '{':
			end := strings.IndexByte(text[i:], '}')
			if end < 0 {
				end = len(text) - i - 1
			}
			out.WriteString(text[i : i+end+1])
			i += end + 1
		case c == '{' && i+1 < len(text):
			out.WriteString("{{")
			i += 2
		case strings.IndexByte(`:./|-_{}*?[]\ ,;=@#&+`, c) >= 0:
			out.WriteByte(c)
			i++
		default:
			j := i
			for j < len(text) && strings.IndexByte(`:./|-_{}*?[]\ ,;=@#&+`, text[j]) < 0 {
				j++
			}
			out.WriteString(replace(text[i:j]))
			i = j
		}
	}
	return out.String()
}

// quotedKey finds a key in a message of the parser.
var quotedKey = regexp.MustCompile(`key "(?:[^"\\]|\\.)*"`)

// Text redacts the keys that a message names.
func (r *Redactor) Text(text string) string {
	return quotedKey.ReplaceAllStringFunc(text, func(s string) string {
		return `key "` + r.Token(s[len(`key "`):len(s)-1]) + `"`
	})
}

// Row returns a row with tokens for its key and for the words of its pattern:
// how many keys have one is not known while rows are written. It is valid until
// the next call.
func (r *Redactor) Row(row *aggregate.Row) *aggregate.Row {
	r.row = *row
	r.key = append(r.key[:0], r.Token(string(row.Key))...)
	r.text = append(r.text[:0], r.words(string(row.Pattern), r.Token)...)
	r.row.Key, r.row.KeyLen, r.row.Pattern = r.key, int64(len(r.key)), r.text
	return &r.row
}
