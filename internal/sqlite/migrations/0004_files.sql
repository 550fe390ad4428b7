-- The files behind documents, each once, under the hash of its bytes. Small
-- columns come first: SQLite reads a row from its start, and data lies on pages
-- of its own. What a file's hash says is checked by whoever reads it.
CREATE TABLE files (
    sha256 TEXT PRIMARY KEY NOT NULL CHECK (length(sha256) = 64),
    pages  INTEGER NOT NULL CHECK (pages >= 0),
    text   TEXT NOT NULL, -- what was read in it when it first came
    data   BLOB NOT NULL
) STRICT;

CREATE TRIGGER files_no_update BEFORE UPDATE ON files BEGIN SELECT RAISE(ABORT, 'files are written once'); END;
CREATE TRIGGER files_no_delete BEFORE DELETE ON files BEGIN SELECT RAISE(ABORT, 'files are written once'); END;
CREATE TRIGGER files_no_replace BEFORE INSERT ON files WHEN EXISTS (SELECT 1 FROM files WHERE sha256 = NEW.sha256)
BEGIN SELECT RAISE(ABORT, 'files are written once'); END;
