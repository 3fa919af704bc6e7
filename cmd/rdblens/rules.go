package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rdblens/rdblens/cmd/internal/rulesfile"
	"github.com/rdblens/rdblens/cmd/internal/source"
	"github.com/rdblens/rdblens/report"
	"github.com/rdblens/rdblens/report/advice"
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
				return usagef("rdblens rules takes one ID, got %d", len(args))
			}
			p, err := plainFormats.plan(formatName, c.Flags().Changed("format"), outputs)
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
				return d.text(out, len(args) == 1)
			})
		},
	}
	fs := c.Flags()
	fs.SortFlags = false
	addFormat(c, &formatName, &plainFormats)
	fs.StringArrayVarP(&outputs, "output", "o", nil, "write to `PATH`, format by suffix: "+plainFormats.suffixList()+"; - is standard output (repeatable)")
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

// text prints the list of rules, or one of them at length.
func (d *rulesDocument) text(w io.Writer, long bool) error {
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
		paragraph(&b, "what", r.What)
		paragraph(&b, "why", r.Why)
		paragraph(&b, "risk", r.Risk)
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
	_, err := io.WriteString(w, b.String())
	return err
}

// paragraph writes a text under a heading, 76 columns wide.
func paragraph(b *strings.Builder, head, text string) {
	b.WriteString("\n" + head + "\n ")
	at := 1
	for _, word := range strings.Fields(text) {
		if n := len([]rune(word)); at+1+n > 76 {
			b.WriteString("\n  " + word)
			at = 2 + n
		} else {
			b.WriteString(" " + word)
			at += 1 + n
		}
	}
	b.WriteString("\n")
}

// rulesFile reads the file of --rules.
func rulesFile(path string) (advice.Options, error) {
	o, err := rulesfile.Read(path)
	var bad *rulesfile.Error
	if errors.As(err, &bad) {
		return o, usagef("--rules %s: %v", path, bad).hint("rdblens rules lists the rules, rdblens rules ID the thresholds of one")
	}
	return o, err
}
