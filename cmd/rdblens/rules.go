package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rdblens/rdblens/cmd/internal/destination"
	"github.com/rdblens/rdblens/cmd/internal/rulesfile"
	"github.com/rdblens/rdblens/cmd/internal/source"
	"github.com/rdblens/rdblens/cmd/internal/usage"
	"github.com/rdblens/rdblens/report"
	"github.com/rdblens/rdblens/report/advice"
	"github.com/rdblens/rdblens/report/text"
)

// rulesSchema names the JSON of the rules command; fields may be added, never
// changed.
const rulesSchema = "rdblens.rules/1"

// rulesDocument is what the rules command prints.
type rulesDocument struct {
	Schema string            `json:"schema"`
	Rules  []advice.RuleInfo `json:"rules"`
}

func (a *app) rulesCommand() *cobra.Command {
	var formatName string
	var outputs []string
	var file string
	c := &cobra.Command{
		Use:   "rules [ID]",
		Short: "the advice rules and their thresholds; with an ID: why, how, limits",
		Long: `rules lists the rules of the advice with their thresholds. With the ID or the name
of one it tells when the rule speaks, why, how its saving is computed, what its
thresholds are, and what acting risks. What a rule found in a dump, with the
commands to act, is shown by rdblens report --explain ID.

--rules FILE changes thresholds and leaves rules out, as for rdblens report:

  R07:                  # or compress
    min-bytes: 1MiB     # sizes, numbers, percentages, durations
    min-gain: 40%
  R14: off              # never speaks`,
		Example: `  rdblens rules
  rdblens rules R07
  rdblens rules -f json`,
		ValidArgs: ruleNames(),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usage.Errorf("rdblens rules takes one ID, got %d", len(args))
			}
			p, err := destination.PlainFormats.Plan(formatName, c.Flags().Changed("format"), outputs)
			if err != nil {
				return err
			}
			opts := advice.Options{}
			if c.Flags().Changed("rules") {
				if opts, err = rulesFile(file); err != nil {
					return err
				}
			}
			d := &rulesDocument{Schema: rulesSchema, Rules: opts.Rules()}
			if len(args) == 1 {
				id, err := rule("rules", args[0])
				if err != nil {
					return err
				}
				d.only(id)
			}
			w, err := a.openResult(&source.Set{}, p, inputFile{"--rules", file})
			if err != nil {
				return err
			}
			defer w.outs.Abort()
			return w.write(func(out io.Writer, fm report.Format) error {
				if fm == report.JSON {
					return writeJSON(out, d)
				}
				return d.text(out, len(args) == 1, a.foldWidth(out))
			})
		},
	}
	fs := c.Flags()
	fs.SortFlags = false
	addFormat(c, &formatName, &destination.PlainFormats)
	fs.StringArrayVarP(&outputs, "output", "o", nil, "write to `PATH`, format by suffix: "+destination.PlainFormats.SuffixList()+"; - is standard output (repeatable)")
	fs.StringVar(&file, "rules", "", "YAML `FILE` of thresholds")
	return c
}

// only leaves one rule.
func (d *rulesDocument) only(id string) {
	for _, r := range d.Rules {
		if r.ID == id {
			d.Rules = []advice.RuleInfo{r}
			return
		}
	}
}

// text prints the list of rules, or one of them at length, folded to width columns
// unless that is 0.
func (d *rulesDocument) text(w io.Writer, long bool, width int) error {
	var b strings.Builder
	for i := range d.Rules {
		r := &d.Rules[i]
		off := ""
		if r.Off {
			off = "   off"
		}
		fmt.Fprintf(&b, "%s %-16s %s%s\n", r.ID, r.Name, r.Title, off)
		if !long {
			continue
		}
		paragraph(&b, "what", r.What, width)
		paragraph(&b, "why", r.Why, width)
		paragraph(&b, "risk", r.Risk, width)
		b.WriteString("\nthresholds\n")
		for _, t := range r.Thresholds {
			fmt.Fprintf(&b, "  %-20s %-14s %s\n", t.Name, t, t.Meaning)
		}
		fmt.Fprintf(&b, "\nto leave it out: --ignore %s; to change a threshold: --rules FILE with\n  %s:\n    %s: ...\n", r.ID, r.ID, r.Thresholds[0].Name)
		fmt.Fprintf(&b, "what it finds in a dump, with commands: rdblens report DUMP --explain %s\n", r.ID)
	}
	if !long {
		b.WriteString("\nrdblens rules ID tells more; rdblens report --ignore ID leaves one out, --rules FILE sets thresholds\n")
	}
	_, err := io.WriteString(w, text.Fold(b.String(), width))
	return err
}

// paragraph writes prose under a heading, at most 76 columns wide, or width if that is
// less and not 0.
func paragraph(b *strings.Builder, head, prose string, width int) {
	const indent, widest = "  ", 76
	if width == 0 || width > widest {
		width = widest
	}
	prose = text.Reflow(prose, width-len(indent))
	b.WriteString("\n" + head + "\n" + indent + strings.ReplaceAll(prose, "\n", "\n"+indent) + "\n")
}

// rulesFile reads the file of --rules.
func rulesFile(path string) (advice.Options, error) {
	o, err := rulesfile.Read(path)
	var bad *rulesfile.Error
	if errors.As(err, &bad) {
		return o, usage.Errorf("--rules %s: %v", path, bad).Hint("rdblens rules lists the rules, rdblens rules ID the thresholds of one")
	}
	return o, err
}
