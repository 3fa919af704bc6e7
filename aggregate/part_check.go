package aggregate

import (
	"cmp"
	"errors"
	"fmt"
	"math/bits"
	"reflect"
	"slices"

	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/aggregate/probe"
	"github.com/rdblens/rdblens/parser"
)

// What a part says is not believed: a state must be one that this program
// could have made before anything is computed from it.

// mayBeNegative are the integers of a state that are no counts and no sizes:
// times, and what is -1 when it is not known.
var mayBeNegative = map[string]bool{
	"cellKey.DB": true, "keptKey.DB": true,
	"sibling.Expiry": true, "sampleKey.Idle": true, "sampleKey.Freq": true, "binSample.Expiry": true,
	"bin.Width": true, "bin.Start": true, "bin.First": true, "bin.Last": true,
	// A TTL makes an embedded string one of its own, whose size class may be smaller.
	"probeKey.TTL": true, "probeKey.TTLResident": true,
	"topKey.Value": true, "topKey.Longest": true, "topKey.Expiry": true, "topKey.Idle": true, "topKey.Freq": true, "topKey.Slot": true,
}

var errOrder = errors.New("not in order")

// check holds a state against what every state satisfies.
func (s *partState) check() error {
	if err := s.Config.check(); err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	if err := checkPlain(reflect.ValueOf(&s.Keys).Elem(), "keys"); err != nil {
		return err
	}
	for i := range s.Sources {
		if err := s.Sources[i].check(); err != nil {
			return fmt.Errorf("source %d: %w", i+1, err)
		}
	}
	if !ascending(s.Sources, (*sourceState).compare) {
		return fmt.Errorf("sources: %w", errOrder)
	}
	for _, f := range s.Failed {
		if !displayable(f.Name) || !displayable(f.Error) || f.Offset < 0 {
			return errors.New("a source that could not be read: unprintable")
		}
	}
	for _, w := range s.Notes {
		if !displayable(w.Source) || !displayable(w.Code) || !displayable(w.Text) || w.Count < 0 {
			return errors.New("notes: unprintable")
		}
	}
	return s.Keys.check(&s.Config)
}

// displayable reports whether text is free of what must not reach a terminal.
func displayable(s string) bool { return printable([]byte(s)) }

// checkPlain looks at every value for itself: counts are not negative, bucket
// lists are those of histograms, encodings exist.
func checkPlain(v reflect.Value, path string) error {
	switch x := v.Addr().Interface().(type) {
	case *histogram:
		return wrap(path, x.check())
	case *memory.Encoding:
		if int(*x) >= memory.NumEncodings {
			return fmt.Errorf("%s: encoding %d", path, *x)
		}
		return nil
	case *class:
		if int(*x) >= numClasses {
			return fmt.Errorf("%s: class %d", path, *x)
		}
		return nil
	case *keptKey:
		if x.Len < int64(len(x.Name)) || x.DB < 0 {
			return fmt.Errorf("%s: a key of %d bytes in database %d", path, x.Len, x.DB)
		}
		return nil
	case *[]byte, *string:
		return nil
	}
	switch v.Kind() {
	case reflect.Int, reflect.Int32, reflect.Int64:
		if v.Int() < 0 {
			return fmt.Errorf("%s: %d", path, v.Int())
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if err := checkPlain(v.Index(i), path); err != nil {
				return err
			}
		}
	case reflect.Pointer:
		if !v.IsNil() {
			return checkPlain(v.Elem(), path)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if mayBeNegative[v.Type().Name()+"."+f.Name] {
				continue
			}
			x := v.Field(i)
			if f.Anonymous && !f.IsExported() {
				// Its fields are exported, it is not.
				if err := checkEmbedded(x, path); err != nil {
					return err
				}
				continue
			}
			if err := checkPlain(x, path+"."+f.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkEmbedded(v reflect.Value, path string) error {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if mayBeNegative[v.Type().Name()+"."+f.Name] {
			continue
		}
		if f.Anonymous && !f.IsExported() {
			if err := checkEmbedded(v.Field(i), path); err != nil {
				return err
			}
			continue
		}
		if err := checkPlain(v.Field(i), path+"."+f.Name); err != nil {
			return err
		}
	}
	return nil
}

func wrap(path string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", path, err)
}

// maxOctave is the octave of the largest int64.
const maxOctave = 59

func (h *histogram) check() error {
	if bits.OnesCount64(h.Octaves) != len(h.Pages) || h.Octaves>>(maxOctave+1) != 0 {
		return fmt.Errorf("a histogram of %d pages for octaves %x", len(h.Pages), h.Octaves)
	}
	if h.Min < 0 || h.Min > h.Max {
		return fmt.Errorf("a histogram from %d to %d", h.Min, h.Max)
	}
	for i := range h.Pages {
		for _, n := range &h.Pages[i] {
			if n < 0 {
				return fmt.Errorf("a histogram with %d values in a bucket", n)
			}
		}
	}
	if (h.Octaves == 0) != (h.count() == 0) {
		return errors.New("a histogram without values has pages")
	}
	return nil
}

// ascending reports whether each item comes before the next.
func ascending[T any](list []T, compare func(a, b *T) int) bool {
	for i := 1; i < len(list); i++ {
		if compare(&list[i-1], &list[i]) >= 0 {
			return false
		}
	}
	return true
}

// notDescending is ascending for lists in which equal items may stand: a
// damaged dump may hold a key twice.
func notDescending[T any](list []T, compare func(a, b *T) int) bool {
	for i := 1; i < len(list); i++ {
		if compare(&list[i-1], &list[i]) > 0 {
			return false
		}
	}
	return true
}

// check holds the figures of a source against their types; its texts are
// escaped for display.
func (s *sourceState) check() error {
	if _, err := memory.ParseServer(s.Server); err != nil {
		return err
	}
	if s.HasCtime && (s.Ctime < 0 || s.Ctime > int64(maxTime)) || s.HasClock && (s.Clock < 0 || s.Clock > int64(maxTime)) {
		return errors.New("a time out of range")
	}
	for i := range s.Tables {
		if t := &s.Tables[i]; t.Expires < 0 || t.Expires > t.Keys {
			return fmt.Errorf("a database with %d keys and %d expiries", t.Keys, t.Expires)
		}
	}
	if len(s.Tables) > maxTables {
		return fmt.Errorf("%d tables", len(s.Tables))
	}
	if s.Expires > s.AllExpire {
		return errors.New("sizes of tables")
	}
	return checkSourceValue(reflect.ValueOf(s).Elem(), "")
}

// escapedLater are texts of a source that are escaped when they are shown.
var escapedLater = map[string]bool{"sourceState.Name": true, "Warning.Source": true}

func checkSourceValue(v reflect.Value, name string) error {
	switch v.Kind() {
	case reflect.String:
		if !displayable(v.String()) {
			return fmt.Errorf("%s is unprintable", name)
		}
	case reflect.Int, reflect.Int32, reflect.Int64:
		if v.Int() < 0 {
			return fmt.Errorf("%s: %d", name, v.Int())
		}
	case reflect.Slice:
		for i := range v.Len() {
			if err := checkSourceValue(v.Index(i), name); err != nil {
				return err
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			if escapedLater[v.Type().Name()+"."+name] {
				continue
			}
			if err := checkSourceValue(v.Field(i), name); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *keyState) check(cfg *Config) error {
	if s.Coarse > lastCoarse {
		return fmt.Errorf("limits halved %d times", s.Coarse)
	}
	var sum totals
	sum.sum(s.Cells, s.Patterns)
	if sum.Keys != s.Totals.Keys || sum.Memory != s.Totals.Memory || sum.KeyName != s.Totals.KeyName || sum.Resident != s.Totals.Resident {
		return errors.New("the totals are not the sums")
	}
	for _, err := range []error{
		wrap("cells", checkCells(s.Cells)), wrap("patterns", checkPatterns(s.Patterns, len(cfg.Groups))), wrap("bins", checkBins(s.Bins)),
		wrap("biggest", checkTop(s.Biggest, cfg)), wrap("longest", checkTop(s.Longest, cfg)),
		wrap("slots", checkSlots(s.Slots)), wrap("sample", checkSample(s.Sample)),
		wrap("probes", checkProbes(s.Probes)), wrap("entities", checkEntities(s.Entities)),
		wrap("values", checkValues(&s.Values, &s.Totals)),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

func checkCells(cells []cellState) error {
	if !ascending(cells, func(a, b *cellState) int { return a.compare(b.cellKey) }) {
		return errOrder
	}
	for i := range cells {
		c := &cells[i]
		if c.DB < otherDB || c.Sizes.count() != c.Keys || c.NoTTLKeys > c.Keys || c.NoTTLMemory > c.Memory {
			return fmt.Errorf("database %d: the counts do not agree", c.DB)
		}
		if !displayable(c.Type) {
			return errors.New("an unprintable type")
		}
	}
	return nil
}

// checkPatterns checks that the nodes are a trie in preorder, children in
// order.
func checkPatterns(nodes []patternNode, groups int) error {
	if len(nodes) == 0 {
		return errors.New("no root")
	}
	var path [maxEdges + 2]*patternNode // the last node of each depth
	for i := range nodes {
		n := &nodes[i]
		if err := n.check(groups); err != nil {
			return err
		}
		d := int(n.Depth)
		if d == 0 != (i == 0) || d > maxEdges+1 || d > 0 && path[d-1] == nil {
			return fmt.Errorf("node %d of depth %d", i, d)
		}
		if d > 0 {
			if before := path[d]; before != nil && before.compare(n) >= 0 {
				return errOrder
			}
			if path[d-1].Wide && n.Class == classLiteral {
				return errors.New("a wide node with literals")
			}
		}
		path[d] = n
		clear(path[d+1:])
	}
	return nil
}

func (n *patternNode) compare(o *patternNode) int {
	return cmp.Or(cmp.Compare(n.Class, o.Class), cmp.Compare(n.Sep, o.Sep), cmp.Compare(n.Literal, o.Literal))
}

func (n *patternNode) check(groups int) error {
	switch n.Class {
	case classLiteral:
		if n.Depth > 0 && (len(n.Literal) > maxLiteral || !displayable(n.Literal)) {
			return errors.New("a literal that is none")
		}
	case classGroup:
		if len(n.Literal) != 4 || // as groupLiteral makes it
			groupNumber(n.Literal) >= groups {
			return errors.New("a group that is not in the configuration")
		}
	default:
		if n.Literal != "" {
			return errors.New("a class with a literal")
		}
	}
	if n.Sep >= 0x80 || n.Sep > 0 && n.Sep <= ' ' {
		return fmt.Errorf("separator %d", n.Sep)
	}
	if !ascending(n.Types, func(a, b *typeStats) int { return cmp.Compare(a.Type, b.Type) }) {
		return errOrder
	}
	for i := range n.Types {
		if err := n.Types[i].check(); err != nil {
			return err
		}
	}
	return nil
}

func (t *typeStats) check() error {
	var encodings int64
	for _, n := range &t.Encodings {
		encodings += n
	}
	switch {
	case !displayable(t.Type):
		return errors.New("an unprintable type")
	case t.Keys < 1 || encodings != t.Keys || t.Sizes.count() != t.Keys || t.NoTTLKeys > t.Keys || t.NoTTLMemory > t.Memory ||
		t.Compared > t.Keys || t.ComparedMemory > t.Memory:
		return errors.New("the counts of a pattern do not agree")
	case len(t.Example.Name) > exampleLimit:
		return errors.New("an example is too long")
	}
	return nil
}

func checkBins(bins []bin) error {
	if !ascending(bins, (*bin).compare) {
		return errOrder
	}
	for i := range bins {
		b := &bins[i]
		switch b.Width {
		case minute, hour, day:
			if b.Start%b.Width != 0 {
				return fmt.Errorf("a bin from %d", b.Start)
			}
		case widthPast, widthLater:
			if b.Start != 0 {
				return fmt.Errorf("a bin from %d", b.Start)
			}
		default:
			return fmt.Errorf("a bin of %d ms", b.Width)
		}
		if b.Keys < 1 || b.First > b.Last || len(b.Samples) > binSamples || !notDescending(b.Samples, (*binSample).compareSample) {
			return errors.New("the counts of a bin do not agree")
		}
		for j := range b.Samples {
			if len(b.Samples[j].Name) > exampleLimit {
				return errors.New("a sample is too long")
			}
		}
	}
	return nil
}

func checkTop(list []topKey, cfg *Config) error {
	if len(list) > max(cfg.Top, minTop) {
		return fmt.Errorf("%d keys", len(list))
	}
	if !notDescending(list, (*topKey).compare) {
		return errOrder
	}
	for i := range list {
		k := &list[i]
		switch {
		case len(k.Key.Name) > keyLimit:
			return errors.New("a key is too long")
		case k.Value < 0 || k.Longest < -1 || k.Idle < -1 || k.Freq < -1 || k.Freq > 255 || k.Slot < -1 || k.Slot >= numSlots:
			return errors.New("a figure out of range")
		case !printable(k.Pattern) || !displayable(k.Type):
			return errors.New("an unprintable pattern")
		}
	}
	return nil
}

func checkSlots(list []slotTally) error {
	if !ascending(list, func(a, b *slotTally) int { return cmp.Compare(a.Slot, b.Slot) }) {
		return errOrder
	}
	for i := range list {
		s := &list[i]
		if s.Slot >= numSlots || s.Keys < 1 {
			return errors.New("a slot out of range")
		}
		if s.Tagged.Keys > s.Keys || s.Tagged.Memory > s.Memory || len(s.Tags) > slotSamples+1 ||
			slices.ContainsFunc(s.Tags, func(k tagKey) bool { return k.Memory < 1 || len(k.Tag) == 0 || len(k.Tag) > tagLimit }) ||
			!notDescending(s.Tags, (*tagKey).compare) {
			return errors.New("the hash tags of a slot do not agree")
		}
	}
	return nil
}

func checkProbes(strata []probeStratum) error {
	if !ascending(strata, func(a, b *probeStratum) int { return cmp.Compare(a.Stratum, b.Stratum) }) {
		return errOrder
	}
	for i := range strata {
		s := &strata[i]
		if s.Stratum >= probeStrata || len(s.Keys) > maxStringStratum || !notDescending(s.Keys, (*probeKey).compare) {
			return fmt.Errorf("stratum %d", s.Stratum)
		}
		for j := range s.Keys {
			k := &s.Keys[j]
			switch {
			case len(k.Key.Name) > probeName || int(k.Logical) >= parser.NumDataTypes || int(k.Value.Format) >= probe.NumFormats:
				return errors.New("a key out of range")
			case k.Memory < 1 || k.Held > probeString || k.TTL < -k.Memory || k.TTLResident < -k.Resident || len(k.Numbered) != 0 && len(k.Numbered) != 2*maxDigits:
				return errors.New("the figures of a key do not agree")
			case k.Preview != "":
				return errors.New("a value")
			case !displayable(k.Type) || !displayable(k.TopField):
				return errors.New("an unprintable text")
			}
		}
	}
	return nil
}

func checkEntities(strata []entityStratum) error {
	if !ascending(strata, func(a, b *entityStratum) int { return cmp.Compare(a.Stratum, b.Stratum) }) {
		return errOrder
	}
	for i := range strata {
		s := &strata[i]
		if s.Stratum >= entityStrata || len(s.Entities) > maxEntities || !ascending(s.Entities, (*entityKey).compare) {
			return fmt.Errorf("stratum %d", s.Stratum)
		}
		for j := range s.Entities {
			e := &s.Entities[j]
			if len(e.Key.Name) > exampleLimit || len(e.Fields) > maxSiblings || e.Sep <= ' ' || e.Sep >= 0x80 ||
				!notDescending(e.Fields, func(a, b *sibling) int { return a.compare(*b) }) ||
				slices.ContainsFunc(e.Fields, func(f sibling) bool { return f.Int > parser.Int64 }) {
				return errors.New("an entity out of range")
			}
		}
	}
	return nil
}

// checkValues holds the samples of values against the sums of all keys: their own
// sums must not go beyond these.
func checkValues(s *valueSample, all *totals) error {
	if len(s.Values) > maxValues || s.Cut && len(s.Values) < maxValues || !ascending(s.Values, (*sharedValue).compare) {
		return errOrder
	}
	keys, bytes, resident := all.Keys, all.Memory, all.Resident
	for i := range s.Values {
		v := &s.Values[i]
		if v.ID.Print == 0 || v.ID.Length < parser.FingerprintMin || v.Stratum >= valueStrata || len(v.Example.Name) > exampleLimit ||
			v.Keys < 1 || v.Expiring > v.Keys || v.Memory < v.Keys || v.Keys > keys || v.Memory > bytes || v.Resident > resident {
			return errors.New("a value out of range")
		}
		keys, bytes, resident = keys-v.Keys, bytes-v.Memory, resident-v.Resident
	}
	if !ascending(s.Holders, func(a, b *holderStratum) int { return cmp.Compare(a.Stratum, b.Stratum) }) {
		return errOrder
	}
	keys, bytes, resident = all.Keys, all.Memory, all.Resident
	for i := range s.Holders {
		h := &s.Holders[i]
		if h.Stratum >= valueStrata || len(h.Keys) > holderLimit(len(s.Holders)) || !notDescending(h.Keys, (*holder).compare) {
			return fmt.Errorf("holders of stratum %d", h.Stratum)
		}
		for j := range h.Keys {
			k := &h.Keys[j]
			if k.ID.Print == 0 || k.ID.Length < parser.FingerprintMin || len(k.Key.Name) > exampleLimit ||
				keys < 1 || k.Memory < 1 || k.Memory > bytes || k.Resident > resident {
				return errors.New("a holder out of range")
			}
			keys, bytes, resident = keys-1, bytes-k.Memory, resident-k.Resident
		}
	}
	return nil
}

func checkSample(list []sampleKey) error {
	if len(list) > sampleSize+1 {
		return fmt.Errorf("%d keys", len(list))
	}
	for i := range list {
		k := &list[i]
		if k.Memory < 1 || len(k.Key.Name) > exampleLimit || !displayable(k.Type) {
			return errors.New("a figure out of range")
		}
	}
	if !notDescending(list, (*sampleKey).compare) {
		return errOrder
	}
	return nil
}
