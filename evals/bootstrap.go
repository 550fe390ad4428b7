package evals

import (
	"math/rand/v2"
	"slices"
)

// resamples is enough for two stable digits of a 95 % interval.
const resamples = 1000

// interval returns the 95 % percentile interval of the mean of values, by
// resampling whole families: rows of one family share their fate.
func interval(values []float64, families []string, seed uint64) (low, high float64) {
	type group struct{ sum, n float64 }
	groups := map[string]*group{}
	var names []string
	for i, f := range families {
		if groups[f] == nil {
			groups[f] = &group{}
			names = append(names, f)
		}
		groups[f].sum += values[i]
		groups[f].n++
	}
	r := rand.New(rand.NewPCG(seed, 0x5eed))
	means := make([]float64, resamples)
	for i := range means {
		var sum, n float64
		for range names {
			g := groups[names[r.IntN(len(names))]]
			sum, n = sum+g.sum, n+g.n
		}
		means[i] = sum / n
	}
	slices.Sort(means)
	return means[resamples*25/1000], means[resamples*975/1000-1]
}

func mean(values []float64) float64 {
	var sum float64
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}
