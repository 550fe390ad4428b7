-- The files behind documents, each once, under the hash of its bytes. What a
-- file's hash says is checked by whoever reads it.

-- +goose Up
CREATE TABLE files (
    sha256 text COLLATE "C" PRIMARY KEY CHECK (length(sha256) = 64),
    pages  integer NOT NULL CHECK (pages >= 0),
    text   text NOT NULL, -- what was read in it when it first came
    data   bytea NOT NULL
);

-- Datasheets are compressed already; trying again would cost time and save nothing.
ALTER TABLE files ALTER COLUMN data SET STORAGE EXTERNAL;

CREATE TRIGGER files_once BEFORE UPDATE OR DELETE OR TRUNCATE ON files FOR EACH STATEMENT EXECUTE FUNCTION written_once();
ALTER TABLE files ENABLE ALWAYS TRIGGER files_once;

-- +goose Down
DROP TABLE files;
