//go:build unix

package postgres

import (
	"context"
	"testing"

	"assay/internal/postgres/postgrestest"
	"assay/internal/storetest"
	"assay/review"
)

func TestMain(m *testing.M) {
	storetest.Main(m, func(ctx context.Context, address string) (review.Store, error) {
		s, err := Open(ctx, address)
		if err != nil {
			return nil, err
		}
		return s.Cases(), nil
	})
}

// TestKilledWriter kills writing processes at random moments.
func TestKilledWriter(t *testing.T) {
	address := postgrestest.URL(t)
	journal := storetest.Kill(t, address)
	journal.Check(t, openCases(t, address), storetest.Direct)
}

// TestKilledReexamination kills importers between and within cases.
func TestKilledReexamination(t *testing.T) {
	address := postgrestest.URL(t)
	storetest.KillImporters(t, openCases(t, address), address)
}
