package report_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/parser/rdbtest"
	"github.com/rdblens/rdblens/report"
	"github.com/rdblens/rdblens/report/advice"
)

// shop is a small dump: carts that never expire, and prices.
func shop() io.Reader {
	w := rdbtest.Redis(11).Aux("redis-ver", "7.2.4").Aux("ctime", "1763686800").SelectDB(0)
	for i := range 3000 {
		w.Put(fmt.Sprintf("cart:%d", i), rdbtest.String(rdbtest.Plain(strings.Repeat("x", 100))))
		w.Put(fmt.Sprintf("price:%d", i), rdbtest.String(rdbtest.Plain("9.99")))
	}
	return bytes.NewReader(w.EOF().Bytes())
}

// A report is made of a finished analysis and the advice on it.
func ExampleWrite() {
	summary, err := aggregate.Analyze(context.Background(), aggregate.Input{Name: "shop.rdb", Reader: shop()}, &aggregate.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	doc := &report.Document{Report: *summary.Report()}
	doc.Suggestions, doc.Together = advice.Suggest(&doc.Report, advice.Options{})
	text := &report.Options{Text: report.TextOptions{Width: 80, ASCII: true, Sections: []string{"types", "patterns"}}}
	if err := report.Write(os.Stdout, doc, report.Text, text); err != nil {
		fmt.Println(err)
	}
	// Output:
	// BY TYPE    keys   memory    share  per key      p99    max  no TTL
	//   string  6,000  680 KiB  100.0 %    116 B  <=168 B  168 B   100 %
	//
	// BY PATTERN     type                 memory   share   keys  per key  no TTL
	//   cart:{int}   string  ##########  492 KiB  72.4 %  3,000    168 B   100 %
	//   price:{int}  string  ###.        188 KiB  27.6 %  3,000     64 B   100 %
}

// Rows go to a sink while a dump is read, here through a goroutine of its own.
func ExampleNewRows() {
	var csv bytes.Buffer
	rows, err := report.NewRows(&csv, report.CSV, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	pipe := report.NewRowPipe(rows)
	in := aggregate.Input{Name: "shop.rdb", Reader: shop(), Sinks: []aggregate.RowSink{pipe}}
	if _, err := aggregate.Analyze(context.Background(), in, &aggregate.Config{RowsOnly: true}); err != nil {
		pipe.Stop()
		fmt.Println(err)
		return
	}
	if err := pipe.Close(); err != nil {
		fmt.Println(err)
	}
	head, _, _ := strings.Cut(csv.String(), "cart:1,")
	fmt.Println(head[:strings.LastIndexByte(head, '\n')])
	// Output:
	// database,type,key,size_in_bytes,encoding,num_elements,len_largest_element,expiry,idle_seconds,freq,slot,pattern,rdb_bytes,source,exact,error_bytes
	// 0,string,cart:0,160,raw,1,100,,,,5549,cart:{int},110,shop.rdb,true,0
	// 0,string,price:0,64,embstr,1,4,,,,5509,price:{int},14,shop.rdb,true,0
}

// A kind of result says what it can be written as.
func ExampleKind_Formats() {
	for _, f := range report.KindDiff.Formats() {
		fmt.Println(f, f.Suffix())
	}
	err := report.Write(io.Discard, &aggregate.Diff{}, report.CSV, nil)
	fmt.Println(err)
	// Output:
	// text .txt
	// json .json
	// markdown .md
	// html .html
	// a comparison is not written as "csv"; formats: text, json, markdown, html
}
