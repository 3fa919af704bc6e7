// Package command writes the lines of actions for a POSIX shell: the clients' commands
// for the server that a report is of, and the expressions that choose the keys of its
// rows among all of a server's. It quotes what comes from a dump; where keys cannot be
// told from others it says so and writes no command.
package command
