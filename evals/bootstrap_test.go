package evals

import (
	"fmt"
	"math"
	"testing"
)

func TestIntervalResamplesFamilies(t *testing.T) {
	type toss struct {
		value  float64
		family string
	}
	var alone, together []toss
	for i := range 200 {
		v := float64(i / 20 % 2) // ten families of twenty, all right or all wrong
		alone = append(alone, toss{v, fmt.Sprint(i)})
		together = append(together, toss{v, fmt.Sprint(i / 20)})
	}
	of := func(ts []toss) (low, high float64) {
		return interval(ts, func(x toss) string { return x.family }, func(ts []toss) float64 {
			sum := 0.0
			for _, x := range ts {
				sum += x.value
			}
			return sum / float64(len(ts))
		}, 1)
	}
	low, high := of(alone)
	wideLow, wideHigh := of(together)
	if !(wideHigh-wideLow > 2*(high-low)) {
		t.Errorf("families do not widen the interval: [%.3f, %.3f] and [%.3f, %.3f]", low, high, wideLow, wideHigh)
	}
	if low > 0.5 || high < 0.5 || math.Abs(high-low-0.14) > 0.03 {
		t.Errorf("interval of a fair coin, n = 200: [%.3f, %.3f]", low, high)
	}
	if again, _ := of(alone); again != low {
		t.Error("the same seed gives another interval")
	}
}
