package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/cmd/internal/destination"
	"github.com/rdblens/rdblens/cmd/internal/foreign"
	"github.com/rdblens/rdblens/cmd/internal/output"
	"github.com/rdblens/rdblens/cmd/internal/process"
	"github.com/rdblens/rdblens/cmd/internal/source"
	"github.com/rdblens/rdblens/cmd/internal/usage"
	"github.com/rdblens/rdblens/report/advice"
	"github.com/rdblens/rdblens/report/text"
)

// app is one run of the program: what it was given, and where it writes.
type app struct {
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	env    func(string) string
	msg    *messages
	stores map[string]source.Store // what URLs lead to, by scheme
	// stderrScreen and stdoutScreen are looked up once.
	stderrScreen, stdoutScreen destination.Screen

	help *toldWriter // before stdout, for what cobra prints
	args []string    // of the command line
	// live is what the servers of sources said; see attachInfo.
	live map[*source.Source]*aggregate.LiveInput

	mu          sync.Mutex
	outs        []*output.Set // to be aborted when the run does not end by itself
	interrupted sync.Once     // the message

	finishing atomic.Bool     // a signal ends reading, and what was read is delivered
	reading   context.Context // set with it: ends with a signal
}

// run is the program. It returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, env func(string) string) int {
	return newApp(stdin, stdout, stderr, env).run(ctx, args)
}

func newApp(stdin io.Reader, stdout, stderr io.Writer, env func(string) string) *app {
	return &app{
		stdin: stdin, stdout: stdout, stderr: stderr, env: env, msg: &messages{w: stderr}, stores: source.Stores(),
		stderrScreen: destination.ScreenOf(stderr, env), stdoutScreen: destination.ScreenOf(stdout, env), help: &toldWriter{w: stdout},
	}
}

func (a *app) run(ctx context.Context, args []string) int {
	a.args = args
	root := a.rootCommand()
	root.SetArgs(args)
	root.SetIn(a.stdin)
	root.SetErr(a.stderr)
	err := root.ExecuteContext(ctx)
	if err == nil && a.help.err != nil {
		err = fmt.Errorf("standard output: %w", a.help.err)
	}
	return a.exitCode(ctx, err)
}

// toldWriter keeps the first error of a write: cobra drops those of its help.
type toldWriter struct {
	w   io.Writer
	err error
}

func (t *toldWriter) Write(p []byte) (int, error) {
	n, err := t.w.Write(p)
	if t.err == nil {
		t.err = err
	}
	return n, err
}

// exitCode prints what went wrong and returns the code for it.
func (a *app) exitCode(ctx context.Context, err error) int {
	var (
		ue *usage.Error
		se *source.UsageError
		xe exitError
	)
	switch {
	case errors.As(err, &ue):
		a.msg.errorf("%s", ue.Msg)
		for _, h := range ue.Hints {
			a.msg.hintf("%s", h)
		}
		return exitUsage
	case errors.As(err, &se):
		a.msg.errorf("%s", se.Msg)
		if se.Hint != "" {
			a.msg.hintf("%s", se.Hint)
		}
		return exitUsage
	}
	if ie := process.Interrupted(ctx); ie != nil && err != nil {
		a.sayInterrupted(ie) // unless cutShort did
		return ie.Code()
	}
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &xe):
		return int(xe)
	case output.IsBrokenPipe(err):
		return exitOK
	}
	a.msg.errorf("%v", err)
	return exitFailed
}

// exitStatus is a part of every command's help.
const exitStatus = `
Exit status: 0 ok; 1 failed (no source is a dump, an output cannot be written);
2 wrong usage; 3 partial (a dump is damaged, or a source among good ones cannot
be read: the result covers what could be read); 130 interrupted, 143 terminated,
129 hung up.`

func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "rdblens SOURCE...",
		Short: "where the memory of a Redis or Valkey dump is, what will expire, and what to do about it",
		Long: `rdblens streams Redis and Valkey dumps and tells, to the byte, where the memory
is, what will expire, and what to do about it. It needs no server.

rdblens SOURCE... is short for rdblens report SOURCE...

SOURCE is a dump file, - for standard input, a directory (every dump in it, or
the base of a multi-part AOF), or a glob in quotes; in the last two, what is
empty, damaged or called like a dump counts, too. gzip, zstd, lz4, bzip2, xz
and the envelope of Valkey 9.2 are recognised by content. A file called like a command is ./keys.`,
		Example: `  rdblens dump.rdb
  rdblens keys dump.rdb -o keys.parquet
  rdblens backups/ -o report.json -o tables/
  zstdcat dump.rdb.zst | rdblens - --config /etc/redis/redis.conf`,
		Args:          cobra.ArbitraryArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       version(),
	}
	commands := []*cobra.Command{
		a.reportCommand(), a.keysCommand(), a.checkCommand(), a.showCommand(), a.diffCommand(), a.trendCommand(), a.whatIfCommand(), a.mergeCommand(),
		a.rulesCommand(), a.versionCommand(),
	}
	root.AddCommand(commands...)
	root.AddCommand(a.glossaryCommand())
	root.SetVersionTemplate("rdblens {{.Version}}\n")
	root.SetHelpCommand(a.helpCommand())
	a.foldHelp(root)
	root.SetOut(a.help) // before the completion command takes it
	root.InitDefaultCompletionCmd()
	if c, _, err := root.Find([]string{"completion"}); err == nil {
		c.Short = "the completion script of a shell: bash, zsh, fish, powershell"
	}

	// The bare form is the report command under another name.
	report := &reportOptions{}
	report.add(root)
	root.RunE = func(cmd *cobra.Command, args []string) error {
		if err := a.notACommand(root, args); err != nil {
			return err
		}
		return a.report(cmd.Context(), report, cmd.Flags(), args)
	}
	elsewhere := map[string][]string{}
	for _, c := range commands {
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			elsewhere[f.Name] = append(elsewhere[f.Name], "rdblens "+c.Name())
		})
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return a.flagError(c, elsewhere, err) })
	root.SetUsageTemplate(strings.ReplaceAll(usageTemplate, "WIDTH", strconv.Itoa(a.helpWidth())))
	for _, c := range append(commands, root) {
		c.Long += "\n" + exitStatus
	}
	return root
}

// notACommand looks at the arguments of the bare form: a word that is not a file
// may be a mistyped command.
func (a *app) notACommand(root *cobra.Command, args []string) error {
	var names []string
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() || c.Name() == "help" {
			names = append(names, c.Name())
		}
	}
	if len(args) == 0 {
		return noSource().Hint("rdblens help lists the commands: %s", strings.Join(names, ", "))
	}
	word := args[0]
	if strings.ContainsAny(word, `/\.*?[:`) || word == "-" {
		return nil
	}
	if _, err := os.Lstat(word); err == nil {
		return nil
	}
	e := usage.Errorf("%q is neither a command nor a file", word)
	if known := foreign.Word(word); known != nil {
		a.explain(e, known)
		return e
	}
	if n := usage.Nearest(word, names); n != "" {
		return e.Hint("did you mean rdblens %s?", n)
	}
	if len(args) > 1 && strings.Trim(strings.ToLower(word), "abcdefghijklmnopqrstuvwxyz-") == "" {
		// The second one was meant to be the source.
		return e.Hint("rdblens help lists the commands: %s", strings.Join(names, ", "))
	}
	return nil
}

// explain adds what is known of a word or flag of other tools.
func (a *app) explain(e *usage.Error, known []foreign.Answer) {
	dump := a.dumpTyped()
	for i := range known {
		tool := ""
		if len(known) > 1 {
			tool = known[i].Tool + ": "
		}
		_ = e.Hint("%s%s", tool, known[i].Hint(dump))
	}
	_ = e.Hint("docs/coming-from.md has the commands of other tools")
}

// dumpTyped returns, quoted for a shell, the first file of the command line, or
// foreign.File.
func (a *app) dumpTyped() string {
	for _, arg := range a.args {
		if strings.HasPrefix(arg, "-") {
			continue
		}
		if fi, err := os.Stat(arg); err == nil && !fi.IsDir() && utf8.ValidString(arg) {
			return advice.ShellQuote(source.Printable(arg))
		}
	}
	return foreign.File
}

func noSource() *usage.Error {
	return usage.Errorf("no source is given").Hint("give a dump file, or - for standard input")
}

// helpCommand is that of cobra, except that an unknown topic is wrong usage.
func (a *app) helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "help on a command",
		ValidArgsFunction: func(c *cobra.Command, args []string, _ string) (names []string, _ cobra.ShellCompDirective) {
			if len(args) == 0 {
				for _, sub := range c.Root().Commands() {
					if sub.IsAvailableCommand() || sub.IsAdditionalHelpTopicCommand() {
						names = append(names, cobra.CompletionWithDesc(sub.Name(), sub.Short))
					}
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			root := c.Root()
			sub, rest, err := root.Find(args)
			if err != nil || sub == nil || len(rest) > 0 {
				if err := a.notACommand(root, args); err != nil {
					return err
				}
				return usage.Errorf("there is no command %q", args[0])
			}
			sub.InitDefaultHelpFlag()
			return sub.Help()
		},
	}
}

// helpWidth is how wide the list of flags may be.
func (a *app) helpWidth() int {
	const widest = 100
	if w := a.foldWidth(a.stdout); w > 0 {
		return min(w, widest)
	}
	return widest
}

// foldHelp keeps the help of all commands within the terminal.
func (a *app) foldHelp(root *cobra.Command) {
	help, width := root.HelpFunc(), a.foldWidth(a.stdout)
	root.SetHelpFunc(func(c *cobra.Command, args []string) {
		var b strings.Builder
		c.Long = text.Reflow(c.Long, width)
		c.SetOut(&b)
		help(c, args)
		c.SetOut(a.help)
		_, _ = io.WriteString(a.help, text.Fold(b.String(), width)) // which keeps the error
	})
}

// usageTemplate is cobra's default, with the flags of the bare form left to
// rdblens help report.
const usageTemplate = `Usage:
{{if .HasParent}}  {{.UseLine}}{{else}}  rdblens SOURCE... [flags of rdblens report]
  rdblens COMMAND ...{{end}}{{if .HasExample}}

Examples:
{{.Example}}{{end}}{{if .HasAvailableSubCommands}}

Commands:{{range .Commands}}{{if or .IsAvailableCommand (eq .Name "help")}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}{{if .HasHelpSubCommands}}

Topics:{{range .Commands}}{{if .IsAdditionalHelpTopicCommand}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}{{if and .HasParent .HasAvailableLocalFlags}}

Flags:
{{.LocalFlags.FlagUsagesWrapped WIDTH | trimTrailingWhitespaces}}{{end}}{{if .HasAvailableSubCommands}}

rdblens help COMMAND or TOPIC tells more.{{end}}
`

// sources resolves arguments that name dumps, and prints what was skipped.
func (a *app) sources(ctx context.Context, args []string, f *runFlags) (*source.Set, error) {
	return a.sourcesOf(ctx, args, f, source.Dumps, false)
}

// sourcesAndLogs is sources with the commands of append-only files.
func (a *app) sourcesAndLogs(ctx context.Context, args []string, f *runFlags) (*source.Set, error) {
	return a.sourcesOf(ctx, args, f, source.Dumps, true)
}

// sourcesOf is sources for dumps, parts, or both.
func (a *app) sourcesOf(ctx context.Context, args []string, f *runFlags, want source.Content, commands bool) (*source.Set, error) {
	if len(args) == 0 {
		return nil, noSource()
	}
	if slices.Contains(args, "-") && destination.ScreenOf(a.stdin, a.env).Terminal {
		return nil, usage.Errorf("standard input is a terminal, not a dump").Hint("pipe a dump into it: zcat dump.rdb.gz | rdblens -")
	}
	set, err := source.Resolver{Stdin: a.stdin, Want: want, Stores: a.stores, Commands: commands}.Resolve(ctx, args)
	if err != nil {
		return nil, err
	}
	keepInfo(set)
	if f.sourceName != "" {
		if len(set.Sources) != 1 {
			return nil, usage.Errorf("--source-name is for a single source, there are %d", len(set.Sources))
		}
		set.Sources[0].Name = source.Printable(f.sourceName)
	}
	for _, w := range set.Warnings {
		a.msg.warnf("%s", w)
	}
	const few = 5
	for i, s := range set.Skipped {
		if i == few && len(set.Skipped) > few+1 && !f.verbose {
			a.msg.warnf("%d more files were skipped; -v lists them", len(set.Skipped)-few)
			break
		}
		a.msg.warnf("skipped %s: %s", s.Name, s.Reason)
	}
	for _, f := range set.Failed {
		a.msg.errorf("%s: %v", f.Name, f.Err)
	}
	return set, nil
}
