package evals

import (
	"fmt"
	"testing"

	"assay/classifier"
	"assay/corpus"
)

func row(labels ...string) Row {
	return Row{Product: classifier.Product{ID: "r", Name: "x"}, Labels: map[corpus.ListID][]string{corpus.USCCL: labels}, Family: "f"}
}

func TestScore(t *testing.T) {
	tests := []struct {
		name                      string
		labels, accept, predicted []string
		exact, graded, hit1, hit5 float64
		mrr, over, under          float64
	}{
		{"exact", []string{"3A001.a.5"}, nil, []string{"3A001.a.5", "3A991"}, 1, 1, 1, 1, 1, 0, 0},
		{"accepted", []string{"3A001.a.5"}, []string{"3A001.a"}, []string{"3A001.a"}, 1, 1, 1, 1, 1, 0, 0},
		{"the label asks for the entry only", []string{"5A992"}, nil, []string{"5A992.c"}, 1, 1, 1, 1, 1, 0, 0},
		{"the entry is not enough for a deep label", []string{"5A992.c"}, nil, []string{"5A992"}, 0, 0.7, 1, 1, 1, 0, 0},
		{"sibling", []string{"3A001.a.5"}, nil, []string{"3A001.b.2"}, 0, 0.7, 1, 1, 1, 0, 0},
		{"same group", []string{"3A001.a"}, nil, []string{"3A002.a", "3A001.b"}, 0, 0.4, 0, 1, 0.5, 0, 0},
		{"same category", []string{"3A001.a"}, nil, []string{"3D001", "EAR99", "3A001"}, 0, 0.2, 0, 1, 1. / 3, 0, 0},
		{"another category", []string{"3A001.a"}, nil, []string{"5A002"}, 0, 0, 0, 0, 0, 0, 0},
		{"siblings count once", []string{"4A003"}, nil, []string{"3A001.a", "3A001.b", "3A001.c", "3A001.d", "3A001.e", "3A001.f", "4A003.b"}, 0, 0, 0, 1, 0.5, 0, 0},
		{"listed called not listed", []string{"3A001.a"}, nil, []string{"EAR99", "3A001.a"}, 0, 0, 0, 1, 0.5, 0, 1},
		{"listed called residual", []string{"3A001.a"}, nil, []string{"3A991.a"}, 0, 0.4, 0, 0, 0, 0, 1},
		{"residual called listed", []string{"3A991.a"}, nil, []string{"3A001.a"}, 0, 0.4, 0, 0, 0, 1, 0},
		{"not listed called residual", []string{"EAR99"}, nil, []string{"3A991.a", "EAR99"}, 0, 0, 0, 1, 0.5, 1, 0},
		{"not listed", []string{"EAR99"}, nil, []string{"EAR99"}, 1, 1, 1, 1, 1, 0, 0},
		{"EAR99 is not none", []string{"none"}, nil, []string{"EAR99"}, 0, 0, 0, 0, 0, 0, 0},
		{"nothing predicted", []string{"3A001"}, nil, nil, 0, 0, 0, 0, 0, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := row(tt.labels...)
			r.Accept = map[corpus.ListID][]string{corpus.USCCL: tt.accept}
			s := Score(r, corpus.USCCL, Answer{Codes: tt.predicted})
			at := s.Ranks[ByEntry]
			got := fmt.Sprintf("%.2f %.2f %.0f %.0f %.2f %.0f %.0f", flag(s.Exact()), s.Graded, flag(s.Right()), flag(at > 0 && at <= 5), reciprocal(at), flag(s.Over), flag(s.Under))
			want := fmt.Sprintf("%.2f %.2f %.0f %.0f %.2f %.0f %.0f", tt.exact, tt.graded, tt.hit1, tt.hit5, tt.mrr, tt.over, tt.under)
			if got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestRanksAtEveryLevel(t *testing.T) {
	s := Score(row("3A001.a.5"), corpus.USCCL, Answer{Codes: []string{"3D001", "3A002.a", "3A001.b", "3A001.a.5"}})
	if got := fmt.Sprint(s.Ranks[ByCategory], s.Ranks[ByGroup], s.Ranks[ByEntry], s.Ranks[ByParagraph]); got != "1 2 3 4" {
		t.Errorf("ranks by category, group, entry, paragraph = %s", got)
	}
	s = Score(row("EAR99"), corpus.USCCL, Answer{Codes: []string{"3A001", "EAR99"}})
	if got := fmt.Sprint(s.Ranks[ByCategory], s.Ranks[ByParagraph]); got != "2 2" {
		t.Errorf("on no entry is a class of its own at every level: %s", got)
	}
	// XI(a) and XI(b) share the category of a munitions list, and nothing deeper.
	s = Score(row("XI(b)"), corpus.USCCL, Answer{Codes: []string{"XI(a)", "XI(b)"}})
	if got := fmt.Sprint(s.Ranks[ByEntry], s.Ranks[ByParagraph]); got != "1 2" {
		t.Errorf("munitions: %s", got)
	}
}
