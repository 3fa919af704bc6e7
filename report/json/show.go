package json

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"github.com/rdblens/rdblens/aggregate/inspect"
	"github.com/rdblens/rdblens/report/document"
	"github.com/rdblens/rdblens/report/rows"
)

// WriteShow writes all about single keys, formatted as WriteReport does.
func WriteShow(w io.Writer, d *document.Show) error {
	out := struct {
		Schema  string            `json:"schema"`
		Partial bool              `json:"partial"`
		Keys    []json.RawMessage `json:"keys"`
	}{Schema: document.ShowSchema, Partial: d.Partial, Keys: []json.RawMessage{}}
	for _, k := range d.Keys {
		b, err := keyObject(k)
		if err != nil {
			return err
		}
		out.Keys = append(out.Keys, b)
	}
	return writeIndented(w, "the keys", out)
}

// keyObject is the row as rows.NewJSONL writes it, with the fields of the key
// behind.
func keyObject(k *inspect.Key) (json.RawMessage, error) {
	var row bytes.Buffer
	rw := rows.NewJSONL(&row, nil)
	if err := rw.WriteRow(&k.Row); err != nil {
		return nil, err
	}
	if err := rw.Close(); err != nil {
		return nil, err
	}
	more, err := json.Marshal(k)
	if err != nil {
		return nil, err
	}
	head, ok := bytes.CutSuffix(bytes.TrimSpace(row.Bytes()), []byte("}"))
	if !ok {
		return nil, errors.New("a row that is no JSON object")
	}
	return append(append(bytes.Clone(head), ','), more[1:]...), nil
}
