package source

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"

	"github.com/rdblens/rdblens/parser/rdbtest"
)

// lz4Frame compresses to one LZ4 frame.
func lz4Frame(t *testing.T, b []byte, options ...lz4.Option) []byte {
	t.Helper()
	var out bytes.Buffer
	w := lz4.NewWriter(&out)
	if err := w.Apply(options...); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func zstdFrame(t *testing.T, b []byte) []byte {
	t.Helper()
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return z.EncodeAll(b, nil)
}

// opened returns what a file's contents are read as, and by what.
func opened(t *testing.T, stored []byte) (content []byte, compression string, err error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "dump.rdb")
	if err := os.WriteFile(path, stored, 0o600); err != nil {
		t.Fatal(err)
	}
	set, err := Resolver{}.Resolve(context.Background(), []string{path})
	if err != nil || len(set.Sources) != 1 {
		t.Fatalf("%v, %d sources", err, len(set.Sources))
	}
	s, err := set.Sources[0].Open(context.Background())
	if err != nil {
		return nil, "", err
	}
	defer s.Close()
	content, err = io.ReadAll(s)
	return content, s.Compression, err
}

// TestEnvelope reads Valkey's envelope in the form that is released and in those of
// drafts, alone, within a replication transfer, and compressed once more.
func TestEnvelope(t *testing.T) {
	w := rdbtest.Valkey(81).Aux("valkey-ver", "9.2.0").SelectDB(0)
	for range 3000 { // some blocks
		w.Put("key", rdbtest.String(rdbtest.Plain(strings.Repeat("value ", 50))))
	}
	dump := w.EOF().Bytes()
	mark := strings.Repeat("0123456789abcdef0123", 2)
	frames := map[string][]byte{
		"vcs-lz4":  lz4Frame(t, dump),
		"vcs-zstd": zstdFrame(t, dump),
	}
	small := lz4Frame(t, dump, lz4.BlockSizeOption(lz4.Block64Kb), lz4.BlockChecksumOption(true), lz4.ChecksumOption(false), lz4.SizeOption(uint64(len(dump))))
	twice := append(lz4Frame(t, dump[:1000]), lz4Frame(t, dump[1000:])...)
	headers := map[string]string{
		"released": "VCS\x01\x01\x00\x01", "flags": "VCS\x01\x01\x03\x00", "version 2": "VCS\x02\x01\x00\x01", "short": "VCS\x01\x01", "long": "VCS\x01\x01\x00\x01\x00\x00\x00\x00\x00",
	}
	for name, header := range headers {
		for codec, frame := range frames {
			got, compression, err := opened(t, append([]byte(header), frame...))
			if err != nil || compression != codec || !bytes.Equal(got, dump) {
				t.Errorf("%s, %s: %v, %q, %d bytes of %d", name, codec, err, compression, len(got), len(dump))
			}
		}
	}
	header := headers["released"]
	for name, c := range map[string]struct{ stored, want string }{
		"small blocks":     {header + string(small), string(dump)},
		"two frames":       {header + string(twice), string(dump)},
		"diskless":         {"$EOF:" + mark + "\r\n" + header + string(small) + mark + "*1\r\n", "$EOF:" + mark + "\r\n" + string(dump) + mark + "*1\r\n"},
		"diskless, zstd":   {"$EOF:" + mark + "\r\n" + header + string(frames["vcs-zstd"]) + mark, "$EOF:" + mark + "\r\n" + string(dump) + mark},
		"answer in front":  {"+FULLRESYNC " + mark + " 7\r\n\n\n$EOF:" + mark + "\r\n" + header + string(frames["vcs-lz4"]) + mark, "+FULLRESYNC " + mark + " 7\r\n\n\n$EOF:" + mark + "\r\n" + string(dump) + mark},
		"length announced": {"$1234\r\n" + header + string(frames["vcs-lz4"]), "$0000\r\n" + string(dump)},
		"bytes behind":     {header + string(frames["vcs-lz4"]) + "REDIS", string(dump) + "REDIS"},
	} {
		got, _, err := opened(t, []byte(c.stored))
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %v, %d bytes of %d", name, err, len(got), len(c.want))
		}
	}
	t.Run("compressed again", func(t *testing.T) {
		var out bytes.Buffer
		z := gzip.NewWriter(&out)
		if _, err := z.Write(append([]byte(header), frames["vcs-lz4"]...)); err != nil || z.Close() != nil {
			t.Fatal(err)
		}
		got, compression, err := opened(t, out.Bytes())
		if err != nil || compression != "gzip+vcs-lz4" || !bytes.Equal(got, dump) {
			t.Errorf("%v, %q, %d bytes", err, compression, len(got))
		}
	})
	t.Run("damage", func(t *testing.T) {
		for codec, frame := range frames {
			whole := append([]byte(header), frame...)
			for _, n := range []int{8, 20, len(whole) / 2, len(whole) - 5, len(whole) - 1} {
				if got, _, err := opened(t, whole[:n]); err == nil || !strings.Contains(err.Error(), "ends early") || len(got) > len(dump) {
					t.Errorf("%s cut at %d: %v, %d bytes", codec, n, err, len(got))
				}
			}
			bad := bytes.Clone(whole)
			bad[len(bad)-2] ^= 1 // of the checksum
			if _, _, err := opened(t, bad); err == nil {
				t.Errorf("%s: a wrong checksum of the frame goes unnoticed", codec)
			}
		}
		_, _, err := opened(t, []byte("VCS\x01\x09\x00\x01some other codec"))
		if err == nil || !strings.Contains(err.Error(), "codec 9, which is not known") {
			t.Errorf("codec 9: %v", err)
		}
	})
	for _, text := range []string{"VCS", "VCS\x01", "VCSxhead of a text file", "+OK\r\nVCS"} {
		if f := detect([]byte(text)); f != plain {
			t.Errorf("%q is taken for %v", text, f)
		}
	}
}
