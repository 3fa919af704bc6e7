package output

import "golang.org/x/sys/unix"

func (system) exchange(a, b string) error {
	return exchangeError(a, b, unix.RenamexNp(a, b, unix.RENAME_SWAP))
}
