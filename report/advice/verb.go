package advice

// verb returns the verb's form for n things: singular for one.
func verb(n int64, singular, plural string) string {
	if n == 1 {
		return singular
	}
	return plural
}
