package storetest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"assay/review"
)

// Acts measures how many acts a store takes in a second, with one writer and
// with eight: a new case, then nine comments on it, and so on.
func Acts(b *testing.B, open func(*testing.B) review.Store) {
	for _, writers := range []int{1, 8} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			s, err := review.New(review.Config{Store: open(b)})
			if err != nil {
				b.Fatal(err)
			}
			var next atomic.Int64
			var all sync.WaitGroup
			b.ResetTimer()
			for range writers {
				all.Go(func() {
					var id string
					for i := 0; next.Add(1) <= int64(b.N); i++ {
						if i%10 == 0 {
							c, err := s.Create(b.Context(), review.Request{Actor: ann}, NewCase("x-1000"))
							if err != nil {
								b.Error(err)
								return
							}
							id = c.ID
						} else if _, err := s.Comment(b.Context(), review.Request{Actor: root}, id, "as last time", true); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			all.Wait()
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "acts/s")
		})
	}
}
