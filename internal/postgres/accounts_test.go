package postgres

import (
	"testing"

	"assay/internal/postgres/postgrestest"
	"assay/internal/storetest"
)

func TestAccounts(t *testing.T) {
	storetest.RunAccounts(t, func(t *testing.T) storetest.AccountStore { return openCases(t, postgrestest.URL(t)) })
}

func BenchmarkSession(b *testing.B) { storetest.BenchmarkSession(b, openCases(b, postgrestest.URL(b))) }
