package part

import (
	"bufio"
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/aggregate/internal/counters"
)

var update = flag.Bool("update", false, "rewrite the pinned schema, the report of the golden part and the tables of docs/parts.md")

// golden compares text with a file of testdata, or writes the file.
func golden(t *testing.T, name, got, advice string) {
	t.Helper()
	name = filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s is not what it was (-want +got):\n%s\n%s", name, diff, advice)
	}
}

// TestSchema pins the schema of a part: the parts that users have are read by its
// names, whatever Go calls the fields.
func TestSchema(t *testing.T) {
	s, err := contentsSchema()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "schema.txt", s.String(), `The schema of a part changed. Is it meant to?
  A Go field was renamed or moved: give it the part tag it had. Nothing changes.
  A field is new: programs before this one pass over it and say so. If zero is
    right for parts without it, tag it optional; otherwise raise formatVersion
    (part.go): this program refuses them.
  A field went, or is of another kind: programs before this one refuse the part.
    Raise formatVersion, so that they say why.
  An integer is of fewer bits, a text is no longer raw, a number has a lower
    bound: parts that were good are refused as damaged. Raise formatVersion.
  An array has other bounds (a data type is new, say): parts of before cannot be
    read. Raise formatVersion.
  It is of more bits, or raw, or has a higher bound: nothing is to be done.
Then write the file anew: go test ./aggregate/internal/part -run TestSchema -update
With another formatVersion the golden part is made anew too: see TestGoldenPart.`)
}

// TestPartDescription: fields are found by their names; what a newer program
// added is passed over and named, what is missing is an error.
func TestPartDescription(t *testing.T) {
	type inner struct {
		A int64 `part:"a"`
		B int64 `part:"b,signed"`
	}
	type newer struct {
		X map1 `part:"x"`
	}
	type innerMore struct {
		New     []newer `part:"new"`
		Renamed int64   `part:"b,signed"`
		Z       *inner  `part:"z"`
		Y       int64   `part:"y,optional"`
		A       int64   `part:"a"`
	}
	type texts struct {
		A string `part:"a"`
		B string `part:"b"`
	}
	type unsigned struct {
		A int64 `part:"a"`
		B int64 `part:"b"`
	}
	own, more, kinds := described(t, []inner{}), described(t, []innerMore{}), described(t, []texts{})
	body := columnOf(t, []innerMore{
		{New: []newer{{map1{1, 2, 3}}, {map1{0, 0, 9}}}, A: 1, Renamed: -2},
		{Z: &inner{5, 6}, A: 3, Renamed: -4},
	}, more)
	d := &decoder{in: body, left: 1 << 20, most: counters.MaxSum}
	root := d.types()
	b := binder{made: make(map[[2]*wireType]*wireType)}
	bound := b.bind(root, own.root(), "part")
	var got []inner
	d.column(bound, []reflect.Value{reflect.ValueOf(&got).Elem()}, 1)
	if d.err != nil || len(d.in) > 0 {
		t.Fatalf("%v, %d bytes left", d.err, len(d.in))
	}
	if diff := cmp.Diff([]inner{{1, -2}, {3, -4}}, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"part.new", "part.z", "part.y"}, b.unknown); diff != "" {
		t.Error(diff)
	}
	for _, c := range []struct {
		in, own *schema
		want    []string
	}{
		{own, more, []string{"part.new is missing", "part.z is missing"}},
		{kinds, own, []string{"part.a is of another kind", "part.b is of another kind"}},
		{described(t, []unsigned{}), own, []string{"part.b is of another kind"}},
	} {
		b := binder{made: make(map[[2]*wireType]*wireType)}
		b.bind(c.in.root(), c.own.root(), "part")
		if diff := cmp.Diff(c.want, b.wrong); diff != "" {
			t.Error(diff)
		}
	}
}

type map1 [3]int64

// TestRenamed: what Go calls a field leaves no trace in the file.
func TestRenamed(t *testing.T) {
	type before struct {
		Keys  int64    `part:"keys"`
		Names []string `part:"names,raw"`
	}
	type after struct {
		Count int64    `part:"keys"`
		List  []string `part:"names,raw"`
	}
	a := columnOf(t, before{7, []string{"x", ""}}, described(t, before{}))
	b := columnOf(t, after{7, []string{"x", ""}}, described(t, after{}))
	if !bytes.Equal(a, b) {
		t.Errorf("%x\n%x", a, b)
	}
}

// TestTags: a field without a proper tag does not get into a part by chance.
func TestTags(t *testing.T) {
	for want, v := range map[string]any{
		"has no tag": struct{ F int }{},
		"no name for a field": struct {
			F int `part:",signed"`
		}{},
		"\"Keys\" is no name": struct {
			F int `part:"Keys"`
		}{},
		"no option \"sign\"": struct {
			F int `part:"f,sign"`
		}{},
		"a second field \"f\"": struct {
			F, G int `part:"f"`
		}{},
		"is not exported": struct {
			f int `part:"f"`
		}{1},
		"say nothing of string": struct {
			F string `part:"f,signed"`
		}{},
		"say nothing of int64": struct {
			F []int64 `part:"f,raw"`
		}{},
		"say nothing of uint8": struct {
			F uint8 `part:"f,signed"`
		}{},
		"say nothing of bool": struct {
			F []bool `part:"f,raw"`
		}{},
		"Predicted can be": struct {
			F uint64 `part:"f,predicted"`
		}{},
		"is not plain data":    map[string]int{},
		"float64 is not plain": 1.5,
		"an impossible type":   struct{}{},
		"impossible":           [0]int{},
		"F.struct { G int }.G": struct {
			F []struct{ G int } `part:"f"`
		}{},
		"say nothing of struct": struct {
			F struct {
				G int `part:"g"`
			} `part:"f,raw"`
		}{},
		"say nothing of *string": struct {
			F *string `part:"f,raw"`
		}{},
	} {
		if _, err := schemaOf(reflect.TypeOf(v)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%T: error %v, want %s", v, err, want)
		}
	}
	s := described(t, struct {
		F int `part:"f"`
		G int `part:"-"`
	}{})
	if got := s.String(); got != "f uint63\n" {
		t.Errorf("%q", got)
	}
}

// columnOf is a body that holds a value.
func columnOf(t *testing.T, v any, types *schema) []byte {
	t.Helper()
	var b bytes.Buffer
	w := bufio.NewWriter(&b)
	e := &encoder{w: w, dict: make(map[string]uint64)}
	e.types(types.order)
	p := reflect.New(reflect.TypeOf(v))
	p.Elem().Set(reflect.ValueOf(v))
	e.column(types.root(), []reflect.Value{p.Elem()})
	if e.err != nil || e.negative != nil || w.Flush() != nil {
		t.Fatal(e.err, e.negative)
	}
	return b.Bytes()
}

func described(t *testing.T, v any) *schema {
	t.Helper()
	s, err := schemaOf(reflect.TypeOf(v))
	if err != nil {
		t.Fatal(err)
	}
	return s
}
