-- Full-text search of passages. All of it is derived from passage and made anew
-- when the program that makes it has changed.

-- +goose Up

-- The words of an edition, by number, and how rare each is there.
CREATE TABLE vocabulary (
    edition_id bigint PRIMARY KEY REFERENCES edition ON DELETE CASCADE,
    made_of    text NOT NULL,             -- hash over the texts and the program's rule for sheets
    stems      text[] NOT NULL,
    rarities   real[] NOT NULL
);

-- A sheet a passage that describes goods. Its lexemes are the stems that the
-- classifier itself uses, which keep "10 kW" and "MIL-STD-1553" whole; the
-- server's own English dictionary would take them apart, and the search in the
-- database would see other words than the search in memory. Letter A: words of
-- the passage; D: words of the paragraphs above it.
CREATE TABLE sheet (
    edition_id  bigint NOT NULL REFERENCES edition ON DELETE CASCADE,
    unit        integer NOT NULL,         -- number among those that can be found
    words       tsvector NOT NULL,
    frequencies bytea NOT NULL,           -- for the exact score; see classifier/retrieval
    PRIMARY KEY (edition_id, unit)
);

-- fastupdate gathers new entries in a list that every search has to read until
-- a vacuum. Editions are stored once and searched often, so it is off.
CREATE INDEX sheet_words ON sheet USING gin (words) WITH (fastupdate = off);

-- +goose Down
DROP TABLE sheet;
DROP TABLE vocabulary;
