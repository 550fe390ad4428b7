package webhook

import (
	"math"
	"time"
)

// A delivery is tried maxAttempts times. The distances grow from ten seconds by
// two and a half each time up to six hours: 10 s, 25 s, 1 min, 2.6 min, 6.5 min,
// 16 min, 41 min, 1.7 h, 4.2 h, then 6 h. Together they are 25 hours, so that an
// endpoint that is down for a night and a morning loses nothing.
const (
	firstWait   = 10 * time.Second
	growth      = 2.5
	longestWait = 6 * time.Hour
	maxAttempts = 13
	// patience is how long a webhook may fail in a row before what has waited so
	// long for it is given up untried.
	patience = 25 * time.Hour
	// longestAsked is the most that a receiver's Retry-After can ask for.
	longestAsked = time.Hour
)

// wait returns how long to wait after n failures in a row. chance, from 0 to 1,
// spreads the tries over a fifth to either side, so that everything that failed
// at one moment does not come back at one moment.
func wait(n int, chance float64) time.Duration {
	d := float64(firstWait) * math.Pow(growth, float64(max(n, 1)-1))
	d = min(d, float64(longestWait))
	return time.Duration(d * (0.8 + 0.4*chance))
}
