package process

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// ClosedAtStart reports whether a standard stream was closed (>&-) when the program
// started.
//
// The runtime has opened the null device in its place by then, for reading and
// writing (runtime/fds_unix.go, checkfds). A shell's >/dev/null is for writing only;
// but libraries that start programs (Python's subprocess, libuv) give them the null
// device just like the runtime, and nothing tells one from the other but who started
// this program: only shells are asked to close a stream. So a stream counts as closed
// when it looks reopened, is not shared with another one, and a shell was the last to
// touch it.
func ClosedAtStart(f *os.File) bool {
	fd := int(f.Fd())
	if !looksReopened(fd) {
		return false
	}
	for other := range 3 {
		if other != fd && shareOpenFile(fd, other) {
			return false
		}
	}
	return startedByShell(os.Getppid(), fd)
}

// looksReopened reports whether a descriptor is as the runtime opens it.
func looksReopened(fd int) bool {
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	if err != nil || flags&unix.O_ACCMODE != unix.O_RDWR || flags&(unix.O_APPEND|unix.O_NONBLOCK) != 0 {
		return false
	}
	var null, st unix.Stat_t
	if unix.Stat(os.DevNull, &null) != nil || unix.Fstat(fd, &st) != nil {
		return false
	}
	return st.Mode&unix.S_IFMT == unix.S_IFCHR && st.Rdev == null.Rdev
}

// shareOpenFile reports whether two descriptors are those of one open file: a flag
// that is set on one is then set on the other.
func shareOpenFile(a, b int) bool {
	flags := func(fd int) int {
		n, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
		if err != nil {
			return -1
		}
		return n
	}
	before, own := flags(b), flags(a)
	if _, err := unix.FcntlInt(uintptr(a), unix.F_SETFL, own|unix.O_APPEND); err != nil {
		return false
	}
	after := flags(b)
	_, _ = unix.FcntlInt(uintptr(a), unix.F_SETFL, own)
	return before != after
}

// startedByShell reports whether a shell started this program and did not hand down
// its own descriptor fd. A shell that replaced itself by this program (sh -c
// 'rdblens ...') cannot be told from what started that, which may have given it the
// null device on purpose: nothing is said of it.
func startedByShell(parent, fd int) bool {
	proc := "/proc/" + strconv.Itoa(parent) + "/"
	comm, err := os.ReadFile(proc + "comm")
	return err == nil && isShell(strings.TrimSpace(string(comm))) && !handedDown(proc, fd)
}

// handedDown reports whether a process, by its directory in /proc, has the null device
// for reading and writing itself. dash closes a stream in itself while it starts the
// program.
func handedDown(proc string, fd int) bool {
	to, err := os.Readlink(proc + "fd/" + strconv.Itoa(fd))
	if err != nil || to != os.DevNull {
		return err != nil && !errors.Is(err, fs.ErrNotExist)
	}
	info, err := os.ReadFile(proc + "fdinfo/" + strconv.Itoa(fd))
	if err != nil {
		return true
	}
	var pos, flags int64
	_, err = fmt.Sscanf(string(info), "pos:\t%d\nflags:\t0%o\n", &pos, &flags)
	return err != nil || flags&unix.O_ACCMODE == unix.O_RDWR
}

func isShell(name string) bool {
	return slices.Contains([]string{"sh", "ash", "bash", "busybox", "dash", "fish", "ksh", "mksh", "zsh"}, name)
}
