package evals

import (
	"encoding/csv"
	"strconv"
	"strings"
)

// WriteRows writes what each row of runs earned as a table with a header.
func WriteRows(w *csv.Writer, runs ...Run) error {
	head := []string{"run", "config", "set", "id", "family", "kind", "lang", "difficulty", "list", "labels", "accept", "first", "probability", "status",
		"exact", "graded", "rank_entry", "rank_paragraph", "rank_group", "rank_category", "over", "under", "cited", "faults", "ms", "predicted", "error"}
	if err := w.Write(head); err != nil {
		return err
	}
	for _, run := range runs {
		for _, l := range run.Lists {
			for _, s := range l.Rows {
				odds := ""
				if len(s.Odds) > 0 {
					odds = strconv.FormatFloat(s.Odds[0], 'f', 4, 64)
				}
				if err := w.Write([]string{run.ID, run.Config, run.Set, s.ID, s.Family, s.Kind, s.Lang, s.Difficulty, string(l.List), strings.Join(s.Labels, ";"),
					strings.Join(s.Accept, ";"), s.First(), odds, string(s.Status), strconv.FormatBool(s.Exact()), strconv.FormatFloat(s.Graded, 'f', 1, 64),
					strconv.Itoa(s.Ranks[ByEntry]), strconv.Itoa(s.Ranks[ByParagraph]), strconv.Itoa(s.Ranks[ByGroup]), strconv.Itoa(s.Ranks[ByCategory]),
					strconv.FormatBool(s.Over), strconv.FormatBool(s.Under), strconv.Itoa(s.Cited), strings.Join(s.Faults, " | "),
					strconv.FormatFloat(s.MS, 'f', 2, 64), strings.Join(s.Predicted, " "), s.Error}); err != nil {
					return err
				}
			}
		}
	}
	w.Flush()
	return w.Error()
}
