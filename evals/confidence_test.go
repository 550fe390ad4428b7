package evals

import (
	"math"
	"testing"

	"assay/classifier"
	"assay/corpus"
)

// answered returns rows whose first code has probability p and is right or not.
func answered(p float64, right ...bool) []Scored {
	var rows []Scored
	for _, ok := range right {
		code := "5A002"
		if ok {
			code = "3A001"
		}
		rows = append(rows, Score(row("3A001"), corpus.USCCL, Answer{Codes: []string{code}, Odds: []float64{p}, Status: classifier.Listed}))
	}
	return rows
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9 {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

func TestRiskCoverage(t *testing.T) {
	rows := append(answered(0.9, true, true), answered(0.5, false, true)...)
	rows = append(rows, answered(0.1, false)...)
	curve := RiskCoverage(rows)
	if len(curve) != 3 {
		t.Fatalf("rows of one confidence enter together: %v", curve)
	}
	near(t, "coverage", curve[1].X, 0.8)
	near(t, "risk", curve[1].Y, 0.25)
	near(t, "area", aurc(rows), 0.4*0+0.4*0.25+0.2*0.4)
	near(t, "risk at 40 %", RiskAt(rows, 0.4), 0)
	near(t, "risk at 50 %", RiskAt(rows, 0.5), 0.25)
	near(t, "risk at all", RiskAt(rows, 1), 0.4)
	// Knowing what one knows is worth something.
	upside := append(answered(0.1, true, true), answered(0.9, false, false)...)
	right := append(answered(0.9, true, true), answered(0.1, false, false)...)
	if !(aurc(right) < aurc(upside)) {
		t.Errorf("areas %v and %v", aurc(right), aurc(upside))
	}
	// What is undetermined counts as least sure, whatever its number says.
	u := answered(0.99, false)
	u[0].Status = classifier.Undetermined
	near(t, "confidence of undetermined", u[0].Confidence(), 0)
}

func TestCalibration(t *testing.T) {
	honest := append(answered(0.5, true, false, true, false, true, false, true, false, true, false), answered(1, true, true, true, true, true, true, true, true, true, true)...)
	near(t, "ECE of an honest one", ece(honest), 0)
	near(t, "Brier of an honest one", brier(honest), 0.125)
	sure := answered(1, true, false, false, false)
	near(t, "ECE of one too sure", ece(sure), 0.75)
	near(t, "Brier of one too sure", brier(sure), 0.75)
	n := 0
	for _, b := range Reliability(honest) {
		n += b.N
	}
	if n != len(honest) {
		t.Errorf("bins hold %d of %d", n, len(honest))
	}
}

func TestCostCurve(t *testing.T) {
	make := func(label string, listed float64, first string) Scored {
		return Score(row(label), corpus.USCCL, Answer{Codes: []string{first, "3A001"}, Odds: []float64{1 - listed, listed}})
	}
	rows := []Scored{make("3A001", 0.4, "EAR99"), make("3A001", 0.4, "EAR99"), make("EAR99", 0.1, "EAR99"), make("EAR99", 0.1, "EAR99")}
	for _, p := range CostCurve(rows) {
		if p.Best != 0 || p.At != 0.4 {
			t.Errorf("a threshold of 0.4 parts them: %+v", p)
		}
		if p.Ratio == 1 && p.Now != 1 {
			t.Errorf("missing both listed of two costs as much as no answer: %+v", p)
		}
	}
	if CostCurve(rows[:2]) != nil {
		t.Error("a curve of one kind of mistake")
	}
}
