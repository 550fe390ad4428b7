package postgres

import (
	"context"
	"errors"
	"fmt"

	"assay/review"

	"github.com/jackc/pgx/v5"
)

// File implements review.Reader.
func (t *caseTx) File(ctx context.Context, sha256 string) (review.File, error) {
	f := review.File{SHA256: sha256}
	err := t.QueryRow(ctx, `SELECT pages, text, data FROM files WHERE sha256 = $1`, sha256).Scan(&f.Pages, &f.Text, &f.Data)
	if errors.Is(err, pgx.ErrNoRows) {
		return f, &review.Error{Kind: review.NotFound, Text: fmt.Sprintf("there is no file with the SHA-256 %.64q", sha256)}
	}
	return f, err
}

// PutFile implements review.Writer.
func (t *caseTx) PutFile(ctx context.Context, f *review.File) error {
	err := t.QueryRow(ctx, `SELECT pages, text FROM files WHERE sha256 = $1`, f.SHA256).Scan(&f.Pages, &f.Text)
	if !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	_, err = t.Exec(ctx, `INSERT INTO files (sha256, pages, text, data) VALUES ($1, $2, $3, $4)`, f.SHA256, f.Pages, f.Text, f.Data)
	return taken(err, "a file with the SHA-256 %s exists already, or is none", f.SHA256)
}
