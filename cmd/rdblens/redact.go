package main

import (
	"crypto/rand"

	"github.com/spf13/pflag"

	"github.com/rdblens/rdblens/report"
)

// redactFlag asks for tokens instead of names of keys.
type redactFlag bool

func (f *redactFlag) add(fs *pflag.FlagSet) {
	fs.BoolVar((*bool)(f), "redact", false, "show HMAC tokens for names of keys, and for words of patterns that few keys have; tokens of several runs are alike when RDBLENS_REDACT_KEY holds the secret")
}

// redactor returns the redactor of this run, nil without --redact. Messages are
// redacted from now on.
func (a *app) redactor(f redactFlag) *report.Redactor {
	if !f {
		return nil
	}
	secret := []byte(a.env("RDBLENS_REDACT_KEY"))
	if len(secret) == 0 {
		secret = make([]byte, 32)
		_, _ = rand.Read(secret) // it never fails
	}
	a.msg.redact = report.NewRedactor(secret).Text
	return report.NewRedactor(secret)
}
