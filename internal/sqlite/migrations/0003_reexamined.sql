-- What newer editions mean for decided cases, and what people answered.

-- Why a newer edition puts the decision on this list in question; '' when none does.
ALTER TABLE case_lists ADD COLUMN attention TEXT NOT NULL DEFAULT '';

-- A queue of what asks for attention is short beside all that is decided.
CREATE INDEX case_lists_by_attention ON case_lists (case_id) WHERE attention <> '';

-- A decision is re-examined once for each edition, even when two importers
-- run beside each other; the index holds that against a fault in the program.
CREATE TABLE reexaminations (
    case_id    TEXT NOT NULL REFERENCES cases (id),
    seq        INTEGER NOT NULL CHECK (seq > 0),
    at         TEXT NOT NULL,
    by         TEXT NOT NULL,
    body       TEXT NOT NULL CHECK (json_valid(body)),
    list       TEXT GENERATED ALWAYS AS (json_extract(body, '$.list')) VIRTUAL,
    decision   INTEGER GENERATED ALWAYS AS (json_extract(body, '$.decision')) VIRTUAL,
    to_edition TEXT GENERATED ALWAYS AS (json_extract(body, '$.to')) VIRTUAL,
    to_sha256  TEXT GENERATED ALWAYS AS (json_extract(body, '$.to_sha256')) VIRTUAL,
    PRIMARY KEY (case_id, seq)
) STRICT;

CREATE UNIQUE INDEX reexaminations_once ON reexaminations (case_id, list, decision, to_edition, to_sha256);

CREATE TABLE upheld (
    case_id TEXT NOT NULL REFERENCES cases (id),
    seq     INTEGER NOT NULL CHECK (seq > 0),
    at      TEXT NOT NULL,
    by      TEXT NOT NULL,
    body    TEXT NOT NULL CHECK (json_valid(body)),
    PRIMARY KEY (case_id, seq)
) STRICT;

-- Written once, as the other records are.
CREATE TRIGGER reexaminations_no_update BEFORE UPDATE ON reexaminations BEGIN SELECT RAISE(ABORT, 'reexaminations are written once'); END;
CREATE TRIGGER reexaminations_no_delete BEFORE DELETE ON reexaminations BEGIN SELECT RAISE(ABORT, 'reexaminations are written once'); END;
CREATE TRIGGER reexaminations_no_replace BEFORE INSERT ON reexaminations WHEN EXISTS (SELECT 1 FROM reexaminations WHERE case_id = NEW.case_id AND seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'reexaminations are written once'); END;
CREATE TRIGGER upheld_no_update BEFORE UPDATE ON upheld BEGIN SELECT RAISE(ABORT, 'upheld decisions are written once'); END;
CREATE TRIGGER upheld_no_delete BEFORE DELETE ON upheld BEGIN SELECT RAISE(ABORT, 'upheld decisions are written once'); END;
CREATE TRIGGER upheld_no_replace BEFORE INSERT ON upheld WHEN EXISTS (SELECT 1 FROM upheld WHERE case_id = NEW.case_id AND seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'upheld decisions are written once'); END;
