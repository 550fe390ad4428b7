-- Imported editions of control lists and their passages.

-- +goose Up

-- pgvector has to be there before anything else is made. Only a superuser can
-- make it on most servers; once made, Assay's own role needs no such right.
CREATE EXTENSION IF NOT EXISTS vector;

CREATE TABLE edition (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    list          text NOT NULL,
    date          date NOT NULL,          -- the day whose law the text states
    title         text NOT NULL,
    language      text NOT NULL,
    format        text NOT NULL,          -- the reader that read it
    source        text NOT NULL,
    retrieved     timestamptz NOT NULL,
    sha256        text NOT NULL,          -- of the source's bytes
    attribution   text NOT NULL,
    content       text NOT NULL,          -- hash over all passages, checked when they are loaded
    stored_at     timestamptz NOT NULL DEFAULT now(),
    -- A replaced edition stays: a server that was started on it goes on
    -- answering from it, and a decision that cites it can be read years later.
    superseded_at timestamptz
);

-- One edition of a list and day is in force in the store.
CREATE UNIQUE INDEX edition_in_force ON edition (list, date) WHERE superseded_at IS NULL;

CREATE TABLE passage (
    edition_id bigint NOT NULL REFERENCES edition ON DELETE CASCADE,
    ordinal    integer NOT NULL,          -- place in the document, from 0
    passage_id text NOT NULL,             -- what citations name
    code       text NOT NULL,
    kind       text NOT NULL,
    label      text NOT NULL,
    text       text NOT NULL,
    applies_to text[],                    -- NULL: all below code
    marks      text[],
    PRIMARY KEY (edition_id, ordinal),
    UNIQUE (edition_id, passage_id)
);

-- +goose Down
DROP TABLE passage;
DROP TABLE edition;
