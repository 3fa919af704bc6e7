package liveredis

import (
	"bufio"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRead(t *testing.T) {
	for _, c := range []struct {
		in   string
		want any
	}{
		{"+PONG\r\n", "PONG"},
		{":-42\r\n", int64(-42)},
		{"$5\r\na\r\nb\x00\r\n", "a\r\nb\x00"},
		{"$0\r\n\r\n", ""},
		{"$-1\r\n", nil},
		{"*-1\r\n", nil},
		{"-ERR no\r\n", ReplyError("ERR no")},
		{"*2\r\n:1\r\n*1\r\n$1\r\nx\r\n", []any{int64(1), []any{"x"}}},
	} {
		got, err := (&Client{r: bufio.NewReader(strings.NewReader(c.in))}).read(0)
		if err != nil {
			t.Errorf("%q: %v", c.in, err)
			continue
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.in, diff)
		}
	}
}

func TestReadMalformed(t *testing.T) {
	for _, in := range []string{
		"", "+PONG\n", ":x\r\n", "$5\r\nab", "$99999999999\r\n", "?1\r\n", "*1\r\n",
		strings.Repeat("*1\r\n", 20) + ":1\r\n",
	} {
		if got, err := (&Client{r: bufio.NewReader(strings.NewReader(in))}).read(0); err == nil {
			t.Errorf("%q was read as %v", in, got)
		}
	}
}

// loopback returns the two ends of a connection.
func loopback(t *testing.T) (ours, peer net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if ours, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if peer, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ours.Close(); peer.Close() })
	return ours, peer
}

// TestPipeline holds the bytes and the order of a pipeline against a peer that
// answers every command with its name.
func TestPipeline(t *testing.T) {
	ours, peer := loopback(t)
	const commands = 3 * window / 2
	failed := make(chan error, 1)
	go func() {
		defer peer.Close()
		failed <- func() error {
			r := &Client{r: bufio.NewReader(peer)}
			for range commands {
				v, err := r.read(0)
				if err != nil {
					return err
				}
				l, _ := v.([]any)
				if len(l) != 2 || l[1] != "7" {
					return errors.New("not the command that was sent")
				}
				if _, err := io.WriteString(peer, "+"+l[0].(string)+"\r\n"); err != nil {
					return err
				}
			}
			return nil
		}()
	}()
	c := &Client{conn: ours, r: bufio.NewReader(ours), w: bufio.NewWriter(ours)}
	var got []string
	for i := range commands {
		c.Send(func(v any) error { got = append(got, v.(string)); return nil }, strings.Repeat("x", i%5+1), 7)
	}
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := <-failed; err != nil {
		t.Fatal(err)
	}
	if len(got) != commands {
		t.Fatalf("%d replies, want %d", len(got), commands)
	}
	for i, s := range got {
		if len(s) != i%5+1 {
			t.Fatalf("reply %d is %q: out of order", i, s)
		}
	}
}

func TestErrorReplySticks(t *testing.T) {
	ours, peer := loopback(t)
	go func() {
		defer peer.Close()
		b := make([]byte, 64)
		if _, err := peer.Read(b); err == nil {
			_, _ = io.WriteString(peer, "-ERR no such thing\r\n")
		}
	}()
	c := &Client{conn: ours, r: bufio.NewReader(ours), w: bufio.NewWriter(ours)}
	_, err := c.Do("X")
	var reply ReplyError
	if !errors.As(err, &reply) || reply != "ERR no such thing" {
		t.Fatalf("error %v, want the server's", err)
	}
	if _, again := c.Do("Y"); !errors.Is(again, err) {
		t.Errorf("error %v after %v, want the same", again, err)
	}
}
