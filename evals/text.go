package evals

import (
	"fmt"
	"io"
)

// WriteFigures prints the figures of runs over the same set side by side.
func WriteFigures(w io.Writer, runs ...Run) error {
	if len(runs) == 0 {
		return nil
	}
	for _, l := range runs[0].Lists {
		if _, err := fmt.Fprintf(w, "%s, set %s, n = %d\n%-26s", l.List, runs[0].Set, len(l.Rows), ""); err != nil {
			return err
		}
		for _, r := range runs {
			fmt.Fprintf(w, "%-24s", r.Config)
		}
		fmt.Fprintln(w, "n")
		for _, m := range measures() {
			n := 0
			line := fmt.Sprintf("%-26s", m.name)
			for _, r := range runs {
				if g, ok := r.Figure(l.List, m.name); ok {
					line += fmt.Sprintf("%-24s", fmt.Sprintf("%.3f [%.3f, %.3f]", g.Mean, g.Low, g.High))
					n = max(n, g.N)
				} else {
					line += fmt.Sprintf("%-24s", "-")
				}
			}
			if n > 0 {
				fmt.Fprintf(w, "%s%d\n", line, n)
			}
		}
		fmt.Fprintln(w)
	}
	for _, r := range runs {
		for _, v := range r.Consistency {
			fmt.Fprintf(w, "%s: %-22s same code for %.3f [%.3f, %.3f] of %d\n", r.Config, v.Name, v.Same.Mean, v.Same.Low, v.Same.High, v.Same.N)
		}
	}
	return nil
}
