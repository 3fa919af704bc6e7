package main

import (
	"github.com/spf13/cobra"

	"github.com/rdblens/rdblens/cmd/internal/glossary"
)

// glossaryCommand is a topic of rdblens help, not a command: there is nothing
// to run.
func (a *app) glossaryCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "glossary",
		Short: "what the words of the reports mean",
		Long:  "The words that rdblens uses in a sense of its own.\n\n" + glossary.Text(a.foldWidth(a.stdout)),
	}
}
