package main

import (
	"math"
	"slices"
)

// Products are converted to float64 before they are added, here and below, which keeps a compiler from fusing the two: the
// table must be the same wherever it is made.

func dot(a, b []float64) float64 {
	sum := 0.0
	for i, x := range a {
		sum += float64(x * b[i])
	}
	return sum
}

// center takes the mean of sample from every row.
func center(sample, rows [][]float64) {
	mean := make([]float64, width)
	for _, row := range sample {
		for i, v := range row {
			mean[i] += v
		}
	}
	for i := range mean {
		mean[i] /= float64(len(sample))
	}
	for _, row := range rows {
		for i := range row {
			row[i] -= mean[i]
		}
	}
}

// covariance of centred rows.
func covariance(rows [][]float64) [][]float64 {
	c := make([][]float64, width)
	for i := range c {
		c[i] = make([]float64, width)
	}
	for _, row := range rows {
		for i, x := range row {
			to := c[i]
			for j, y := range row {
				to[j] += float64(x * y)
			}
		}
	}
	for i := range c {
		for j := range c[i] {
			c[i][j] /= float64(len(rows))
		}
	}
	return c
}

// eigen returns the eigenvalues of a symmetric matrix, the largest first, and their unit vectors, by Jacobi's method: turn
// pairs of axes until nothing is left beside the diagonal. It overwrites a.
func eigen(a [][]float64) (values []float64, vectors [][]float64) {
	n := len(a)
	v := make([][]float64, n)
	for i := range v {
		v[i] = make([]float64, n)
		v[i][i] = 1
	}
	for range 50 {
		rest := 0.0
		for i := range n {
			rest += dot(a[i][i+1:], a[i][i+1:])
		}
		if rest < 1e-22 {
			break
		}
		for p := range n {
			for q := p + 1; q < n; q++ {
				if math.Abs(a[p][q]) < 1e-15 {
					continue
				}
				angle := (a[q][q] - a[p][p]) / (2 * a[p][q])
				t := math.Copysign(1/(math.Abs(angle)+math.Sqrt(float64(angle*angle)+1)), angle)
				c := 1 / math.Sqrt(float64(t*t)+1)
				s := t * c
				turn(a[p], a[q], c, s)
				for _, row := range a {
					row[p], row[q] = float64(c*row[p])-float64(s*row[q]), float64(s*row[p])+float64(c*row[q])
				}
				turn(v[p], v[q], c, s)
			}
		}
	}
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		switch {
		case a[i][i] > a[j][j]:
			return -1
		case a[i][i] < a[j][j]:
			return 1
		}
		return 0
	})
	for _, i := range order {
		values, vectors = append(values, a[i][i]), append(vectors, v[i])
	}
	return values, vectors
}

func turn(x, y []float64, c, s float64) {
	for i := range x {
		x[i], y[i] = float64(c*x[i])-float64(s*y[i]), float64(s*x[i])+float64(c*y[i])
	}
}
