-- Webhooks and what is sent to them.
--
-- A delivery is written in the transaction of the act that it tells of, so that
-- no event is lost and none is made up. How sending goes is written by the
-- sender, apart from any act: neither table is part of the audit's promise.

CREATE TABLE webhooks (
    number        INTEGER PRIMARY KEY AUTOINCREMENT,
    id            TEXT NOT NULL UNIQUE,
    url           TEXT NOT NULL,
    events        TEXT NOT NULL CHECK (json_valid(events)), -- ["case.decided"]
    organisation  TEXT NOT NULL,             -- '' for everybody's cases
    active        INTEGER NOT NULL CHECK (active IN (0, 1)),
    note          TEXT NOT NULL,
    created_by    TEXT NOT NULL,
    created_at    TEXT NOT NULL,
    secret        TEXT NOT NULL,             -- sealed, or marked plain
    failures      INTEGER NOT NULL,          -- since something last arrived
    failing_since TEXT,
    next_at       TEXT,                      -- nothing is sent before
    -- Who is sending, and until when nobody else may: a sender that was killed
    -- holds a webhook up no longer than that.
    lease         TEXT NOT NULL DEFAULT '',
    lease_until   TEXT
) STRICT;

CREATE TABLE deliveries (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT NOT NULL UNIQUE,
    webhook     TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    event       TEXT NOT NULL,
    type        TEXT NOT NULL,
    case_id     TEXT NOT NULL,               -- '' for a test
    body        TEXT NOT NULL CHECK (json_valid(body)), -- what is signed and sent, to the byte
    queued_at   TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'dead')),
    next_at     TEXT NOT NULL,
    attempts    INTEGER NOT NULL,
    last_at     TEXT,
    last_status INTEGER NOT NULL,
    last_error  TEXT NOT NULL
) STRICT;

-- The sender asks for what waits, the owner for the newest of one webhook.
CREATE INDEX deliveries_waiting ON deliveries (webhook, next_at, number) WHERE state = 'waiting';
CREATE INDEX deliveries_of_case ON deliveries (webhook, case_id, number) WHERE state = 'waiting';
CREATE INDEX deliveries_by_webhook ON deliveries (webhook, number);
CREATE INDEX deliveries_ended ON deliveries (last_at) WHERE state <> 'waiting';
