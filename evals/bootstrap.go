package evals

import (
	"math/rand/v2"
	"slices"
)

// resamples is enough for two stable digits of a 95 % interval.
const resamples = 1000

// interval returns the 95 % percentile interval of stat over rows, by
// resampling whole families: rows of one family share their fate.
func interval[T any](rows []T, family func(T) string, stat func([]T) float64, seed uint64) (low, high float64) {
	members := group(rows, family)
	drawn := make([]T, 0, len(rows))
	return resample(len(members), seed, func(draw func() int) float64 {
		drawn = drawn[:0]
		for range members {
			for _, i := range members[draw()] {
				drawn = append(drawn, rows[i])
			}
		}
		return stat(drawn)
	})
}

// intervalOfMean is interval for the mean of a value of each row. It adds up
// families once, which is many times faster.
func intervalOfMean[T any](rows []T, family func(T) string, value func(T) float64, seed uint64) (low, high float64) {
	type total struct{ sum, n float64 }
	var totals []total
	for _, members := range group(rows, family) {
		t := total{n: float64(len(members))}
		for _, i := range members {
			t.sum += value(rows[i])
		}
		totals = append(totals, t)
	}
	return resample(len(totals), seed, func(draw func() int) float64 {
		var sum, n float64
		for range totals {
			t := totals[draw()]
			sum, n = sum+t.sum, n+t.n
		}
		return sum / n
	})
}

// group returns the places of the rows of each family, in order of appearance.
func group[T any](rows []T, family func(T) string) [][]int {
	at := map[string]int{}
	var members [][]int
	for i, r := range rows {
		f := family(r)
		g, ok := at[f]
		if !ok {
			g = len(members)
			at[f] = g
			members = append(members, nil)
		}
		members[g] = append(members[g], i)
	}
	return members
}

// resample returns the 2.5th and 97.5th percentile of stat over drawings of n
// families with replacement.
func resample(n int, seed uint64, stat func(draw func() int) float64) (low, high float64) {
	r := rand.New(rand.NewPCG(seed, 0x5eed))
	stats := make([]float64, resamples)
	for i := range stats {
		stats[i] = stat(func() int { return r.IntN(n) })
	}
	slices.Sort(stats)
	return stats[resamples*25/1000], stats[resamples*975/1000-1]
}
