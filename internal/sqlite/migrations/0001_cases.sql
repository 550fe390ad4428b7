-- Cases, their records, precedents, and the audit log.
--
-- Times are text of one width in UTC (2006-01-02T15:04:05.000000000Z), so that
-- text order is time order. Tables are STRICT: a number stays a number.

-- The part of a case that changes. number orders queues and is never reused.
CREATE TABLE cases (
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    id           TEXT NOT NULL UNIQUE,
    version      INTEGER NOT NULL CHECK (version > 0),
    organisation TEXT NOT NULL,
    title        TEXT NOT NULL,
    state        TEXT NOT NULL,
    round        INTEGER NOT NULL CHECK (round > 0),
    assignee     TEXT NOT NULL,
    second       TEXT NOT NULL,
    disagreement INTEGER NOT NULL CHECK (disagreement IN (0, 1)),
    language     TEXT NOT NULL,
    created_by   TEXT NOT NULL,
    created_at   TEXT NOT NULL,
    updated_at   TEXT NOT NULL,
    submitted_at TEXT,
    taken_at     TEXT
) STRICT;

-- Queues ask by state and by person, pages go by number.
CREATE INDEX cases_by_state ON cases (state, number);
CREATE INDEX cases_by_assignee ON cases (assignee, number);
CREATE INDEX cases_by_organisation ON cases (organisation, number);

-- The lists that a case asks about, in the order asked, with the newest assessment's answer.
CREATE TABLE case_lists (
    case_id    TEXT NOT NULL REFERENCES cases (id),
    place      INTEGER NOT NULL,
    list       TEXT NOT NULL,
    code       TEXT NOT NULL,
    category   TEXT NOT NULL,
    confidence REAL NOT NULL,
    PRIMARY KEY (case_id, place)
) STRICT, WITHOUT ROWID;

CREATE INDEX case_lists_by_list ON case_lists (list, category);

-- The records. What the exporter said, what the machine said and what the
-- officers said stand in tables of their own, so that a database can grant
-- and watch them apart. body is canonical JSON.
CREATE TABLE products (
    case_id TEXT NOT NULL REFERENCES cases (id),
    seq     INTEGER NOT NULL CHECK (seq > 0),
    at      TEXT NOT NULL,
    by      TEXT NOT NULL,
    body    TEXT NOT NULL CHECK (json_valid(body)),
    PRIMARY KEY (case_id, seq)
) STRICT;

CREATE TABLE documents (
    case_id TEXT NOT NULL REFERENCES cases (id),
    seq     INTEGER NOT NULL CHECK (seq > 0),
    at      TEXT NOT NULL,
    by      TEXT NOT NULL,
    body    TEXT NOT NULL CHECK (json_valid(body)),
    PRIMARY KEY (case_id, seq)
) STRICT;

CREATE TABLE proposals (
    case_id TEXT NOT NULL REFERENCES cases (id),
    seq     INTEGER NOT NULL CHECK (seq > 0),
    at      TEXT NOT NULL,
    by      TEXT NOT NULL,
    body    TEXT NOT NULL CHECK (json_valid(body)),
    PRIMARY KEY (case_id, seq)
) STRICT;

CREATE TABLE assessments (
    case_id TEXT NOT NULL REFERENCES cases (id),
    seq     INTEGER NOT NULL CHECK (seq > 0),
    at      TEXT NOT NULL,
    by      TEXT NOT NULL,
    body    TEXT NOT NULL CHECK (json_valid(body)),
    PRIMARY KEY (case_id, seq)
) STRICT;

-- An officer decides once per round, part and list; the index holds that even
-- against a fault in the program.
CREATE TABLE decisions (
    case_id TEXT NOT NULL REFERENCES cases (id),
    seq     INTEGER NOT NULL CHECK (seq > 0),
    at      TEXT NOT NULL,
    by      TEXT NOT NULL,
    body    TEXT NOT NULL CHECK (json_valid(body)),
    round   INTEGER GENERATED ALWAYS AS (json_extract(body, '$.round')) VIRTUAL,
    part    TEXT GENERATED ALWAYS AS (json_extract(body, '$.part')) VIRTUAL,
    list    TEXT GENERATED ALWAYS AS (json_extract(body, '$.list')) VIRTUAL,
    PRIMARY KEY (case_id, seq)
) STRICT;

CREATE UNIQUE INDEX decisions_once ON decisions (case_id, round, part, list);

CREATE TABLE messages (
    case_id TEXT NOT NULL REFERENCES cases (id),
    seq     INTEGER NOT NULL CHECK (seq > 0),
    at      TEXT NOT NULL,
    by      TEXT NOT NULL,
    body    TEXT NOT NULL CHECK (json_valid(body)),
    PRIMARY KEY (case_id, seq)
) STRICT;

-- What a round of a case came to. Whether it is superseded is not stored: the
-- case's present round tells.
CREATE TABLE precedents (
    case_id     TEXT NOT NULL REFERENCES cases (id),
    round       INTEGER NOT NULL CHECK (round > 0),
    text        TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    codes       TEXT NOT NULL CHECK (json_valid(codes)), -- {"us-ccl": ["3A001.a"], "eu-dual-use": []}
    decided_at  TEXT NOT NULL,
    PRIMARY KEY (case_id, round)
) STRICT;

CREATE INDEX precedents_by_fingerprint ON precedents (fingerprint);

-- Acts done under an idempotency key.
CREATE TABLE receipts (
    actor       TEXT NOT NULL,
    key         TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    case_id     TEXT NOT NULL REFERENCES cases (id),
    at          TEXT NOT NULL,
    PRIMARY KEY (actor, key)
) STRICT;

-- One row per act, each hash over the row and the hash before it.
CREATE TABLE audit (
    seq        INTEGER PRIMARY KEY,
    time       TEXT NOT NULL,
    actor      TEXT NOT NULL,
    request_id TEXT NOT NULL,
    act        TEXT NOT NULL,
    object     TEXT NOT NULL,
    prev       TEXT NOT NULL,
    hash       TEXT NOT NULL
) STRICT;

-- Records and audit are written once. The program never changes them; these
-- triggers stop whoever reaches for the file with another tool, and the
-- chain of hashes finds the one who drops the triggers first. An INSERT OR
-- REPLACE deletes without firing delete triggers, hence the insert triggers on
-- a number that is taken.
CREATE TRIGGER products_no_update BEFORE UPDATE ON products BEGIN SELECT RAISE(ABORT, 'products are written once'); END;
CREATE TRIGGER products_no_delete BEFORE DELETE ON products BEGIN SELECT RAISE(ABORT, 'products are written once'); END;
CREATE TRIGGER products_no_replace BEFORE INSERT ON products WHEN EXISTS (SELECT 1 FROM products WHERE case_id = NEW.case_id AND seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'products are written once'); END;
CREATE TRIGGER documents_no_update BEFORE UPDATE ON documents BEGIN SELECT RAISE(ABORT, 'documents are written once'); END;
CREATE TRIGGER documents_no_delete BEFORE DELETE ON documents BEGIN SELECT RAISE(ABORT, 'documents are written once'); END;
CREATE TRIGGER documents_no_replace BEFORE INSERT ON documents WHEN EXISTS (SELECT 1 FROM documents WHERE case_id = NEW.case_id AND seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'documents are written once'); END;
CREATE TRIGGER proposals_no_update BEFORE UPDATE ON proposals BEGIN SELECT RAISE(ABORT, 'proposals are written once'); END;
CREATE TRIGGER proposals_no_delete BEFORE DELETE ON proposals BEGIN SELECT RAISE(ABORT, 'proposals are written once'); END;
CREATE TRIGGER proposals_no_replace BEFORE INSERT ON proposals WHEN EXISTS (SELECT 1 FROM proposals WHERE case_id = NEW.case_id AND seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'proposals are written once'); END;
CREATE TRIGGER assessments_no_update BEFORE UPDATE ON assessments BEGIN SELECT RAISE(ABORT, 'assessments are written once'); END;
CREATE TRIGGER assessments_no_delete BEFORE DELETE ON assessments BEGIN SELECT RAISE(ABORT, 'assessments are written once'); END;
CREATE TRIGGER assessments_no_replace BEFORE INSERT ON assessments WHEN EXISTS (SELECT 1 FROM assessments WHERE case_id = NEW.case_id AND seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'assessments are written once'); END;
CREATE TRIGGER decisions_no_update BEFORE UPDATE ON decisions BEGIN SELECT RAISE(ABORT, 'decisions are written once'); END;
CREATE TRIGGER decisions_no_delete BEFORE DELETE ON decisions BEGIN SELECT RAISE(ABORT, 'decisions are written once'); END;
CREATE TRIGGER decisions_no_replace BEFORE INSERT ON decisions WHEN EXISTS (SELECT 1 FROM decisions WHERE case_id = NEW.case_id AND seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'decisions are written once'); END;
CREATE TRIGGER messages_no_update BEFORE UPDATE ON messages BEGIN SELECT RAISE(ABORT, 'messages are written once'); END;
CREATE TRIGGER messages_no_delete BEFORE DELETE ON messages BEGIN SELECT RAISE(ABORT, 'messages are written once'); END;
CREATE TRIGGER messages_no_replace BEFORE INSERT ON messages WHEN EXISTS (SELECT 1 FROM messages WHERE case_id = NEW.case_id AND seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'messages are written once'); END;
CREATE TRIGGER precedents_no_update BEFORE UPDATE ON precedents BEGIN SELECT RAISE(ABORT, 'precedents are written once'); END;
CREATE TRIGGER precedents_no_delete BEFORE DELETE ON precedents BEGIN SELECT RAISE(ABORT, 'precedents are written once'); END;
CREATE TRIGGER precedents_no_replace BEFORE INSERT ON precedents WHEN EXISTS (SELECT 1 FROM precedents WHERE case_id = NEW.case_id AND round = NEW.round)
BEGIN SELECT RAISE(ABORT, 'precedents are written once'); END;
CREATE TRIGGER receipts_no_update BEFORE UPDATE ON receipts BEGIN SELECT RAISE(ABORT, 'receipts are written once'); END;
CREATE TRIGGER receipts_no_delete BEFORE DELETE ON receipts BEGIN SELECT RAISE(ABORT, 'receipts are written once'); END;
CREATE TRIGGER receipts_no_replace BEFORE INSERT ON receipts WHEN EXISTS (SELECT 1 FROM receipts WHERE actor = NEW.actor AND key = NEW.key)
BEGIN SELECT RAISE(ABORT, 'receipts are written once'); END;
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit records are written once'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit records are written once'); END;
CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'audit records are written once'); END;
