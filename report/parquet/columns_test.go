package parquet

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rdblens/rdblens/report/internal/reporttest"
)

// columnsOf returns the fields of a table's row by column name, each as
// comparable has it.
func columnsOf(t *testing.T, row any) map[string]string {
	t.Helper()
	out := map[string]string{}
	v := reflect.ValueOf(row).Elem()
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag.Get("parquet")
		name, options, _ := strings.Cut(tag, ",")
		f := v.Field(i)
		if f.Kind() == reflect.Pointer {
			if f.IsNil() {
				out[name] = "null"
				continue
			}
			f = f.Elem()
		}
		switch {
		case strings.Contains(options, "timestamp"):
			out[name] = comparable(time.UnixMilli(f.Int()).UTC().Format("2006-01-02T15:04:05.000Z"))
		case f.Kind() == reflect.Struct:
			out[name] = comparable(withoutEmpty(columnsOf(t, f.Addr().Interface())))
		case name == "evidence" || name == "shares" || name == "settings":
			out[name] = comparable(reporttest.Decoded(t, f.String()))
		case f.Kind() == reflect.Map && f.IsNil():
			out[name] = "{}"
		case f.Kind() == reflect.Slice && f.IsNil():
			out[name] = "[]"
		default:
			out[name] = comparable(f.Interface())
		}
	}
	return out
}

// withoutEmpty turns columns back into values, as JSON leaves out a reason that
// is empty.
func withoutEmpty(columns map[string]string) map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	for k, v := range columns {
		if k != "reason" || v != `""` {
			out[k] = json.RawMessage(v)
		}
	}
	return out
}

// comparable returns a value as JSON with keys in order, numbers in one form,
// and bytes that are not UTF-8 as JSON shows them.
func comparable(v any) string {
	if n, ok := v.(json.Number); ok {
		if strings.Contains(n.String(), ".") {
			f, err := strconv.ParseFloat(n.String(), 64)
			if err != nil {
				return err.Error()
			}
			v = f
		}
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(err)
	}
	return string(b)
}
