package evals

import (
	"fmt"

	"assay/corpus"
)

// Breach is a figure that a release may not have.
type Breach struct {
	List corpus.ListID `json:"list"`
	Name string        `json:"name"`
	Was  Figure        `json:"was"`
	Is   Figure        `json:"is"`
	Text string        `json:"text"`
}

// Gate holds run against baseline, a run over the same set. It finds figures
// that fell beyond the interval that they had, figures that are worse row by row
// beyond chance, figures and lists that are gone, rows that failed, and
// any citation that is not valid. No breach means that the release may go.
func Gate(baseline, run Run) ([]Breach, error) {
	comparison, err := Compare(baseline, run)
	if err != nil {
		return nil, err
	}
	var out []Breach
	for _, l := range baseline.Lists {
		now, ok := run.List(l.List)
		if !ok {
			out = append(out, Breach{List: l.List, Text: "the list is no longer assessed"})
			continue
		}
		for _, m := range measures() {
			was, had := baseline.Figure(l.List, m.name)
			is, has := run.Figure(l.List, m.name)
			switch {
			case !had:
			case !has || is.N < was.N:
				out = append(out, Breach{l.List, m.name, was, is, "fewer rows have this figure than before"})
			case !m.less && is.Mean < was.Low, m.less && is.Mean > was.High:
				out = append(out, Breach{l.List, m.name, was, is, fmt.Sprintf("%.3f lies beyond the interval %.3f to %.3f that it had", is.Mean, was.Low, was.High)})
			default:
				for _, d := range comparison.Differences {
					if d.List == l.List && d.Name == m.name && d.Worse() {
						out = append(out, Breach{l.List, m.name, was, is, fmt.Sprintf("%.3f was %.3f: worse row by row, difference %+.3f to %+.3f", is.Mean, was.Mean, d.Low, d.High)})
					}
				}
			}
		}
		out = append(out, unsound(l.List, now)...)
	}
	return out, nil
}

// unsound finds what no baseline excuses.
func unsound(list corpus.ListID, l ListRun) (out []Breach) {
	failed, faults := 0, 0
	example := ""
	for _, s := range l.Rows {
		failed += int(flag(s.Error != ""))
		faults += len(s.Faults)
		if len(s.Faults) > 0 && example == "" {
			example = s.ID + ": " + s.Faults[0]
		}
	}
	if failed > 0 {
		out = append(out, Breach{List: list, Name: "errors", Text: fmt.Sprintf("%d rows could not be assessed", failed)})
	}
	if faults > 0 {
		out = append(out, Breach{List: list, Name: "valid citations", Text: fmt.Sprintf("%d citations are not valid, first %s", faults, example)})
	}
	return out
}
