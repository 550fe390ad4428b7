-- Vectors of precedents, for finding them by meaning. They are derived from
-- precedents.text and can be made again, so nothing forbids deleting them and
-- the audit log does not vouch for them.

-- seq grows and is never given twice, so that a program which has read up to one
-- number reads on behind it. data is one signed byte a component; a component is
-- about scale times its byte. Vectors of several models stand side by side.
CREATE TABLE precedent_vectors (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    case_id TEXT NOT NULL,
    round   INTEGER NOT NULL,
    model   TEXT NOT NULL,
    dim     INTEGER NOT NULL CHECK (dim > 0),
    scale   REAL NOT NULL,
    data    BLOB NOT NULL CHECK (length(data) = dim),
    UNIQUE (case_id, round, model, dim),
    FOREIGN KEY (case_id, round) REFERENCES precedents (case_id, round)
) STRICT;
