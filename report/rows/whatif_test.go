package rows

import (
	"bytes"
	"encoding/csv"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/report/internal/reporttest"
)

func TestWhatIfCSV(t *testing.T) {
	var b bytes.Buffer
	if err := WriteWhatIf(&b, reporttest.PartialComparison()); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range rows {
		names = append(names, r[0]+"|"+r[2]+"|"+r[3])
	}
	sweep := "hash-max-listpack-entries="
	want := []string{"scenario|pattern|type", `\x3dcmd|' /C calc'!A0||`, `\x3dcmd|' /C calc'!A0||hash`, `\x3dcmd|' /C calc'!A0||string`,
		`\x3dcmd|' /C calc'!A0|\x1b[31mred\xe2\x80\xae:{int}|hash`, `\x3dcmd|' /C calc'!A0|[other]|mixed`, "valkey-8.1||", "valkey-8.1||string", "valkey-8.1||hash",
		"valkey-8.1|session:{uuid}|string", sweep + "256||", sweep + "512||", sweep + "1024||", sweep + "2048||"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"32202118", "90000", "11790000000", "11590000000", "200000000", "0", "201000000"}, rows[1][4:]); diff != "" {
		t.Errorf("figures (-want +got):\n%s", diff)
	}
	if err := WriteWhatIf(reporttest.FailAfter(10), reporttest.ShopComparison()); !errors.Is(err, reporttest.ErrFull) {
		t.Errorf("%v", err)
	}
}
