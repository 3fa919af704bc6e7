package keyname

// What is a word and what only looks like one. Random letters are told from
// words by the pairs of letters in them: in words of the languages that names
// are made of a third of all pairs hardly ever occurs.

// commonPairs has, for each letter, the letters that follow it in at least 5 of
// 10,000 pairs of neighbours among some 49,000 words of source code and its
// documentation; bit 0 is a.
var commonPairs = [26]uint32{
	0x1febd7f, 0x116493f, 0x13efdff, 0x1ded97f, 0x1fff97f, 0x01ef93f, 0x01ee9d5,
	0x01e4111, 0x2aef87f, 0x0144011, 0x01cf9d5, 0x11ef97f, 0x01cd91b, 0x03efd7f,
	0x0fefd7f, 0x01ecdfd, 0x0100000, 0x13efd7f, 0x15ffdff, 0x1def9ff, 0x00eb97f,
	0x0045135, 0x0066131, 0x0ac813f, 0x02cb915, 0x3144111,
}

// oddPairs counts the pairs of letters in t that words hardly have, and all
// pairs. Only letters count, and what a capital begins is a word of its own.
func oddPairs(t []byte) (odd, pairs int) {
	for i := 1; i < len(t); i++ {
		a, b := t[i-1]|0x20, t[i]|0x20
		if a-'a' >= 26 || b-'a' >= 26 || t[i-1]&0x20 != 0 && t[i]&0x20 == 0 {
			continue
		}
		pairs++
		if commonPairs[a-'a']>>(b-'a')&1 == 0 {
			odd++
		}
	}
	return odd, pairs
}

// gibberish reports whether letters are no word: a quarter of their pairs, and
// two at least, are such as words hardly have.
func gibberish(t []byte) bool {
	odd, pairs := oddPairs(t)
	return odd >= 2 && odd*4 >= pairs
}

// wordCase reports whether letters are of one case, capitalised, or in camel
// case with few capitals.
func (s *Splitter) wordCase(t []byte) bool {
	upper, turns := 0, 0
	for i, c := range t {
		f := s.tab[c]
		switch {
		case f&isLetter == 0:
			return false
		case f&isAnyUpper != 0:
			upper++
			if i > 0 && s.tab[t[i-1]]&isAnyLower != 0 {
				turns++
			}
		}
	}
	return upper == len(t) || upper <= 1 && turns == 0 || turns <= len(t)/4 && upper*2 <= len(t)
}

// isWord reports whether t could be a word that a program puts into a name.
func (s *Splitter) isWord(t []byte) bool {
	return len(t) > 0 && len(t) <= MaxLiteral && s.wordCase(t) && (len(t) < 6 || !gibberish(t))
}

// knownWord reports whether t is one of the words with digits in them that are
// no numbered thing: s3, oauth2, k8s.
func knownWord(t []byte) bool {
	if len(t) > 8 || len(t) < 2 {
		return false
	}
	var b [8]byte
	for i, c := range t {
		if c-'A' < 26 {
			c |= 0x20
		}
		b[i] = c
	}
	switch string(b[:len(t)]) {
	case "s3", "ec2", "r2", "b2b", "b2c", "p2p", "c2c", "m2m", "e2e", "k8s", "k3s", "i18n", "l10n", "a11y", "g11n", "n8n", "l7", "l4",
		"md4", "md5", "sha1", "sha2", "sha3", "sha224", "sha256", "sha384", "sha512", "crc16", "crc32", "crc64", "blake2", "blake2b", "blake3",
		"murmur3", "argon2", "pbkdf2", "base32", "base58", "base62", "base64", "ed25519", "x25519", "rs256", "hs256", "es256", "x509",
		"oauth1", "oauth2", "oauth2a", "saml2", "http1", "http2", "http3", "ipv4", "ipv6", "utf8", "utf16", "utf8mb4", "iso8601", "rfc3339", "rfc2822",
		"mp3", "mp4", "mp4a", "h264", "h265", "av1", "vp8", "vp9", "m3u8", "f4v", "3gp", "3d", "2d", "2fa", "3ds", "4k", "8k", "d3", "web3", "w3c", "w3svc",
		"log4j", "neo4j", "db2", "ms365", "o365", "m365", "office365", "log10", "nl2br", "win32", "win64", "x86", "x64", "amd64", "arm64", "i386", "i686", "int8", "int16",
		"int32", "int64", "float32", "float64", "uint8", "uint16", "uint32", "uint64", "geo2ip", "geoip2", "ip2geo", "ip2loc", "a2a", "a2dp", "t9n", "c14n", "e164", "pm2", "p50", "p75", "p90", "p95", "p99":
		return true
	}
	return false
}

// OddWord reports whether a word is rather a random sequence of letters: capitals
// only, as in codes, or with pairs that words hardly have.
func OddWord(t []byte) bool {
	upper, lower := 0, 0
	for _, c := range t {
		switch {
		case c-'A' < 26:
			upper++
		case c-'a' < 26:
			lower++
		}
	}
	odd, pairs := oddPairs(t)
	return upper > 0 && lower == 0 || odd > 0 && odd*4 >= pairs || upper > 1 && lower > 0 && upper*3 >= lower
}

// HasLetter reports whether a word is more than punctuation.
func HasLetter(t []byte) bool {
	for _, c := range t {
		if c >= 0x80 || c-'0' < 10 || (c|0x20)-'a' < 26 {
			return true
		}
	}
	return false
}
