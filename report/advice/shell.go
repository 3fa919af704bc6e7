package advice

import "github.com/rdblens/rdblens/report/advice/internal/command"

// ShellQuote quotes an argument for a POSIX shell, as printed commands have it; plain
// words stay as they are.
func ShellQuote(s string) string { return command.Word(s) }
