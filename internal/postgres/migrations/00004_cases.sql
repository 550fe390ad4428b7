-- Cases, their records, precedents, and the audit log: the tables of
-- internal/sqlite, under the same names.
--
-- Times are text of one width in UTC (2006-01-02T15:04:05.000000000Z), compared
-- byte by byte, so that text order is time order. timestamptz has
-- microseconds; the hashes of records and of the audit log cover nanoseconds,
-- and the very text. For the same reason bodies are json, which is checked and
-- kept as it was written, and not jsonb, which is written anew.

-- +goose Up

-- The part of a case that changes. number orders queues and is never reused.
-- Writers take turns, so numbers become visible in ascending order: a page of
-- the queue never skips one that comes late.
CREATE TABLE cases (
    number       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id           text COLLATE "C" NOT NULL UNIQUE,
    version      bigint NOT NULL CHECK (version > 0),
    organisation text NOT NULL,
    title        text NOT NULL,
    state        text NOT NULL,
    round        integer NOT NULL CHECK (round > 0),
    assignee     text NOT NULL,
    second       text NOT NULL,
    disagreement boolean NOT NULL,
    language     text NOT NULL,
    created_by   text NOT NULL,
    created_at   text COLLATE "C" NOT NULL,
    updated_at   text COLLATE "C" NOT NULL,
    submitted_at text COLLATE "C",
    taken_at     text COLLATE "C",
    asked        integer NOT NULL CHECK (asked >= 0) -- requests of the present round that wait for the exporter's answer
);

-- Queues ask by state and by person, pages go by number.
CREATE INDEX cases_by_state ON cases (state, number);
CREATE INDEX cases_by_assignee ON cases (assignee, number);
CREATE INDEX cases_by_organisation ON cases (organisation, number);

-- The lists that a case asks about, in the order asked, with the newest assessment's answer.
CREATE TABLE case_lists (
    case_id    text COLLATE "C" NOT NULL REFERENCES cases (id),
    place      integer NOT NULL,
    list       text NOT NULL,
    code       text NOT NULL,
    category   text NOT NULL,
    confidence double precision NOT NULL,
    attention  text NOT NULL,  -- why a newer edition puts the decision in question; '' when none does
    PRIMARY KEY (case_id, place)
);

CREATE INDEX case_lists_by_list ON case_lists (list, category);

-- A queue of what asks for attention is short beside all that is decided.
CREATE INDEX case_lists_by_attention ON case_lists (case_id) WHERE attention <> '';

-- The records. What the exporter said, what the machine said and what the
-- officers said stand in tables of their own, so that a database can grant
-- and watch them apart. body is canonical JSON.
CREATE TABLE products (
    case_id text COLLATE "C" NOT NULL REFERENCES cases (id),
    seq     integer NOT NULL CHECK (seq > 0),
    at      text COLLATE "C" NOT NULL,
    by      text NOT NULL,
    body    json NOT NULL,
    PRIMARY KEY (case_id, seq)
);

CREATE TABLE documents (
    case_id text COLLATE "C" NOT NULL REFERENCES cases (id),
    seq     integer NOT NULL CHECK (seq > 0),
    at      text COLLATE "C" NOT NULL,
    by      text NOT NULL,
    body    json NOT NULL,
    PRIMARY KEY (case_id, seq)
);

CREATE TABLE proposals (
    case_id text COLLATE "C" NOT NULL REFERENCES cases (id),
    seq     integer NOT NULL CHECK (seq > 0),
    at      text COLLATE "C" NOT NULL,
    by      text NOT NULL,
    body    json NOT NULL,
    PRIMARY KEY (case_id, seq)
);

CREATE TABLE assessments (
    case_id text COLLATE "C" NOT NULL REFERENCES cases (id),
    seq     integer NOT NULL CHECK (seq > 0),
    at      text COLLATE "C" NOT NULL,
    by      text NOT NULL,
    body    json NOT NULL,
    PRIMARY KEY (case_id, seq)
);

CREATE TABLE decisions (
    case_id text COLLATE "C" NOT NULL REFERENCES cases (id),
    seq     integer NOT NULL CHECK (seq > 0),
    at      text COLLATE "C" NOT NULL,
    by      text NOT NULL,
    body    json NOT NULL,
    PRIMARY KEY (case_id, seq)
);

-- An officer decides once per round, part and list; the index holds that even
-- against a fault in the program.
CREATE UNIQUE INDEX decisions_once ON decisions (case_id, (body ->> 'round'), (body ->> 'part'), (body ->> 'list'));

CREATE TABLE messages (
    case_id text COLLATE "C" NOT NULL REFERENCES cases (id),
    seq     integer NOT NULL CHECK (seq > 0),
    at      text COLLATE "C" NOT NULL,
    by      text NOT NULL,
    body    json NOT NULL,
    PRIMARY KEY (case_id, seq)
);

-- What newer editions mean for decided cases, and what people answered.
CREATE TABLE reexaminations (
    case_id text COLLATE "C" NOT NULL REFERENCES cases (id),
    seq     integer NOT NULL CHECK (seq > 0),
    at      text COLLATE "C" NOT NULL,
    by      text NOT NULL,
    body    json NOT NULL,
    PRIMARY KEY (case_id, seq)
);

-- A decision is re-examined once for each edition, even when two importers
-- run beside each other; the index holds that against a fault in the program.
CREATE UNIQUE INDEX reexaminations_once ON reexaminations
    (case_id, (body ->> 'list'), (body ->> 'decision'), (body ->> 'to'), (body ->> 'to_sha256'));

CREATE TABLE upheld (
    case_id text COLLATE "C" NOT NULL REFERENCES cases (id),
    seq     integer NOT NULL CHECK (seq > 0),
    at      text COLLATE "C" NOT NULL,
    by      text NOT NULL,
    body    json NOT NULL,
    PRIMARY KEY (case_id, seq)
);

-- What a round of a case came to. Whether it is superseded is not stored: the
-- case's present round tells.
CREATE TABLE precedents (
    case_id     text COLLATE "C" NOT NULL REFERENCES cases (id),
    round       integer NOT NULL CHECK (round > 0),
    text        text NOT NULL,
    fingerprint text COLLATE "C" NOT NULL,
    codes       json NOT NULL, -- {"us-ccl": ["3A001.a"], "eu-dual-use": []}
    decided_at  text COLLATE "C" NOT NULL,
    PRIMARY KEY (case_id, round)
);

CREATE INDEX precedents_by_fingerprint ON precedents (fingerprint);
CREATE INDEX precedents_newest_first ON precedents (decided_at DESC, case_id, round);

-- Acts done under an idempotency key.
CREATE TABLE receipts (
    actor       text COLLATE "C" NOT NULL,
    key         text COLLATE "C" NOT NULL,
    fingerprint text NOT NULL,
    case_id     text COLLATE "C" NOT NULL REFERENCES cases (id),
    at          text COLLATE "C" NOT NULL,
    PRIMARY KEY (actor, key)
);

-- One row per act, each hash over the row and the hash before it.
CREATE TABLE audit (
    seq        bigint PRIMARY KEY,
    time       text COLLATE "C" NOT NULL,
    actor      text NOT NULL,
    request_id text NOT NULL,
    act        text NOT NULL,
    object     json NOT NULL,
    prev       text NOT NULL,
    hash       text NOT NULL
);

-- The acts on one case, and of one person.
CREATE INDEX audit_by_case ON audit ((object ->> 'case'), seq);
CREATE INDEX audit_by_actor ON audit (actor, seq);

-- Records and audit are written once. The program never changes them; these
-- triggers stop whoever reaches for the tables with another tool, and the
-- chain of hashes finds the one who drops the triggers first. One trigger a
-- statement is enough, and it stops an INSERT … ON CONFLICT DO UPDATE too.
-- ALWAYS: also where session_replication_role switches other triggers off.

-- +goose StatementBegin
CREATE FUNCTION written_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% are written once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['products', 'documents', 'proposals', 'assessments', 'decisions', 'messages', 'reexaminations', 'upheld',
                                'precedents', 'receipts', 'audit'] LOOP
        EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE OR TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION written_once()', name || '_once', name);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER %I', name, name || '_once');
    END LOOP;
END
$$;
-- +goose StatementEnd

-- +goose Down
DROP TABLE audit, receipts, precedents, upheld, reexaminations, messages, decisions, assessments, proposals, documents, products, case_lists, cases;
DROP FUNCTION written_once();
