package storetest

import (
	"testing"
	"time"

	"assay/review"
	"assay/review/account"
)

// BenchmarkSession measures what finding out who asks costs each request.
func BenchmarkSession(b *testing.B, store AccountStore) {
	s, err := account.New(account.Config{Store: store})
	if err != nil {
		b.Fatal(err)
	}
	ctx := b.Context()
	link, err := s.SetUpLink(ctx, account.Request{})
	if err != nil {
		b.Fatal(err)
	}
	in, err := s.SetUp(ctx, account.Request{}, link.Token, account.NewAccount{ID: "root"}, "correct battery staple, please")
	if err != nil {
		b.Fatal(err)
	}
	if err := store.WriteAccounts(ctx, func(w account.Writer) error {
		return w.SeeSession(ctx, in.Session.ID, time.Now().Add(time.Hour)) // so that only reading is measured
	}); err != nil {
		b.Fatal(err)
	}
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if a, _, err := s.Session(ctx, in.Token); err != nil || a.Role != review.Admin {
				b.Error(err)
				return
			}
		}
	})
}
