package postgres

import (
	"context"
	"errors"
	"fmt"

	"assay/review"

	"github.com/jackc/pgx/v5/pgconn"
)

// explain turns what pgx and the server say into an error with a kind and a
// remedy. Errors that have a kind already pass. lost says that the connection
// is gone.
func explain(err error, doing string, lost bool) error {
	var told *review.Error
	var pg *pgconn.PgError
	var connect *pgconn.ConnectError
	switch {
	case err == nil, errors.As(err, &told), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.As(err, &pg):
		return explainServer(err, pg, doing)
	case lost, errors.As(err, &connect):
		return unavailable(err, doing, "it does not answer", "try again in a moment; nothing was half-written")
	}
	return &review.Error{Kind: review.Internal, Text: fmt.Sprintf("the database: %s failed", doing), Remedy: "the log says more", Err: err}
}

func unavailable(err error, doing, text, remedy string) error {
	return &review.Error{Kind: review.Unavailable, Text: fmt.Sprintf("the database: %s: %s", doing, text), Remedy: remedy, Err: err, Reason: text}
}

// explainServer explains by SQLSTATE, the more particular codes first.
func explainServer(err error, pg *pgconn.PgError, doing string) error {
	switch pg.Code {
	case "53100":
		return unavailable(err, doing, "the disk is full", "free some space on its server; nothing was half-written")
	case "53300":
		return unavailable(err, doing, "it has no connection left", "try again in a moment; raise max_connections, or lower pool_max_conns in the address")
	case "57P01", "57P02", "57P03", "25P03": // shut down, crashed, starting; silent for too long
		return unavailable(err, doing, "it is being restarted or has ended the connection", "try again in a moment; nothing was half-written")
	case "55P03":
		return unavailable(err, doing, "another process has been writing for too long", "try again in a moment")
	case "57014":
		return unavailable(err, doing, "it gave up, for this took too long", "try again in a moment")
	case "40001", "40P01":
		return unavailable(err, doing, "others changed the same thing again and again", "try again in a moment; nothing was half-written")
	case "25006":
		return unavailable(err, doing, "it takes no writes: it is a standby or was set to read only", "give the address of the primary")
	case "42501":
		return unavailable(err, doing, "the role of the address may not do this", "let the role that made the tables use them, or grant it the rights")
	case "42P01", "42703":
		return unavailable(err, doing, "tables are missing, or not as this program made them", "put back a copy from the last backup")
	case "58030", "XX001", "XX002":
		return unavailable(err, doing, "its disk failed or its files are damaged", "check the disk; put back a copy from the last backup if need be")
	case "22021", "22P05": // a NUL, or no UTF-8
		return &review.Error{Kind: review.Invalid, Text: "the database cannot hold this text: it has a NUL byte or is not UTF-8", Err: err}
	}
	switch pg.Code[:min(2, len(pg.Code))] {
	case "08":
		return unavailable(err, doing, "the connection failed", "try again in a moment; nothing was half-written")
	case "23":
		return &review.Error{Kind: review.Conflict, Text: "the change breaks a rule of the database", Err: err}
	case "28", "3D":
		return unavailable(err, doing, "it does not let this role in, or is gone", "check the address, and pg_hba.conf on its server")
	case "53", "58":
		return unavailable(err, doing, "its server has run out of something", "try again in a moment; its log says of what")
	}
	return &review.Error{Kind: review.Internal, Text: fmt.Sprintf("the database: %s failed (SQLSTATE %s)", doing, pg.Code), Remedy: "the log says more", Err: err}
}

// taken says, of an error of a constraint, that something stands there
// already, or that what it belongs to does not.
func taken(err error, format string, args ...any) error {
	const uniqueViolation, foreignKeyViolation = "23505", "23503"
	var pg *pgconn.PgError
	if errors.As(err, &pg) && (pg.Code == uniqueViolation || pg.Code == foreignKeyViolation) {
		return &review.Error{Kind: review.Conflict, Text: fmt.Sprintf(format, args...), Err: err}
	}
	return err
}
