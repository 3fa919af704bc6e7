package liveredis

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
)

// window is how many commands may wait for their replies: enough to hide the
// round trip, few enough that neither side's socket buffer fills up.
const window = 256

// maxReply bounds a bulk reply; DUMP of the largest value stays well below.
const maxReply = 512 << 20

// ReplyError is an error reply of the server.
type ReplyError string

func (e ReplyError) Error() string { return string(e) }

// Client is one connection. It is not safe for concurrent use.
type Client struct {
	conn    net.Conn
	r       *bufio.Reader
	w       *bufio.Writer
	scratch []byte
	pending []func(any) error
	err     error
}

// Dial connects to the server.
func (s *Server) Dial() (*Client, error) {
	conn, err := net.Dial("tcp", s.Addr)
	if err != nil {
		return nil, fmt.Errorf("connect to redis-server: %w", err)
	}
	return &Client{conn: conn, r: bufio.NewReaderSize(conn, 1<<16), w: bufio.NewWriterSize(conn, 1<<16)}, nil
}

// Close closes the connection.
func (c *Client) Close() error { return c.conn.Close() }

// Do sends one command and returns its reply: string, int64, nil or []any. An
// error reply is returned as a ReplyError. Replies of earlier Send calls are
// taken first.
func (c *Client) Do(args ...any) (any, error) {
	var reply any
	c.Send(func(r any) error { reply = r; return nil }, args...)
	if err := c.Flush(); err != nil {
		return nil, err
	}
	return reply, nil
}

// Send queues a command. Its reply goes to then, in order; a nil then ignores
// every reply that is not an error. The first error ends the pipeline and is
// returned by Flush. then must not use the client. Arguments are string, []byte,
// int or int64.
func (c *Client) Send(then func(any) error, args ...any) {
	if c.err != nil {
		return
	}
	if len(c.pending) >= window {
		if c.Flush() != nil {
			return
		}
	}
	c.write(args)
	c.pending = append(c.pending, then)
}

// Flush sends what is queued and takes all replies.
func (c *Client) Flush() error {
	if c.err != nil {
		return c.err
	}
	if err := c.w.Flush(); err != nil {
		c.err = fmt.Errorf("write to redis-server: %w", err)
		return c.err
	}
	for len(c.pending) > 0 {
		then := c.pending[0]
		c.pending = c.pending[1:]
		reply, err := c.read(0)
		if err != nil {
			c.err = fmt.Errorf("read from redis-server: %w", err)
			return c.err
		}
		if e, ok := reply.(ReplyError); ok {
			c.err = e
			return c.err
		}
		if then != nil {
			if err := then(reply); err != nil {
				c.err = err
				return c.err
			}
		}
	}
	c.pending = nil
	return nil
}

func (c *Client) write(args []any) {
	b := append(c.scratch[:0], '*')
	b = strconv.AppendInt(b, int64(len(args)), 10)
	b = append(b, "\r\n"...)
	for _, a := range args {
		switch a := a.(type) {
		case string:
			b = appendBulk(b, a)
		case []byte:
			b = appendBulk(b, a)
		case int:
			b = appendBulk(b, strconv.Itoa(a))
		case int64:
			b = appendBulk(b, strconv.FormatInt(a, 10))
		default:
			c.err = fmt.Errorf("command argument of type %T", a)
			return
		}
	}
	c.scratch = b
	// bufio.Writer keeps its error for Flush.
	_, _ = c.w.Write(b)
}

func appendBulk[T string | []byte](b []byte, s T) []byte {
	b = append(b, '$')
	b = strconv.AppendInt(b, int64(len(s)), 10)
	b = append(b, "\r\n"...)
	b = append(b, s...)
	return append(b, "\r\n"...)
}

func (c *Client) read(depth int) (any, error) {
	line, err := c.r.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	if len(line) < 3 || line[len(line)-2] != '\r' {
		return nil, fmt.Errorf("malformed reply %q", line)
	}
	kind, text := line[0], string(line[1:len(line)-2])
	switch kind {
	case '+':
		return text, nil
	case '-':
		return ReplyError(text), nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("malformed reply %q", line)
	}
	switch kind {
	case ':':
		return n, nil
	case '$':
		if n < 0 {
			return nil, nil
		}
		if n > maxReply {
			return nil, fmt.Errorf("reply of %d bytes", n)
		}
		b := make([]byte, n+2)
		if _, err := io.ReadFull(c.r, b); err != nil {
			return nil, err
		}
		return string(b[:n]), nil
	case '*':
		if n < 0 {
			return nil, nil
		}
		if depth > 8 {
			return nil, errors.New("reply nested too deep")
		}
		var l []any
		for range n {
			v, err := c.read(depth + 1)
			if err != nil {
				return nil, err
			}
			l = append(l, v)
		}
		return l, nil
	default:
		return nil, fmt.Errorf("unknown reply kind %q", kind)
	}
}
