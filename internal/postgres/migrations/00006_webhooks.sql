-- Webhooks and what is sent to them: the tables of internal/sqlite, under the
-- same names. Times are text as in the tables of cases.
--
-- A delivery is written in the transaction of the act that it tells of. How
-- sending goes is written by the senders of all servers, apart from any act and
-- without the lock that acts take turns by.

-- +goose Up

CREATE TABLE webhooks (
    number        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id            text COLLATE "C" NOT NULL UNIQUE,
    url           text NOT NULL,
    events        text[] NOT NULL,
    organisation  text NOT NULL,             -- '' for everybody's cases
    active        boolean NOT NULL,
    note          text NOT NULL,
    created_by    text NOT NULL,
    created_at    text COLLATE "C" NOT NULL,
    secret        text NOT NULL,             -- sealed, or marked plain
    failures      integer NOT NULL,          -- since something last arrived
    failing_since text COLLATE "C",
    next_at       text COLLATE "C",          -- nothing is sent before
    -- Which sender has it, and until when nobody else may: a server that died
    -- holds a webhook up no longer than that.
    lease         text NOT NULL DEFAULT '',
    lease_until   text COLLATE "C"
);

CREATE TABLE deliveries (
    number      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id          text COLLATE "C" NOT NULL UNIQUE,
    webhook     text COLLATE "C" NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    event       text NOT NULL,
    type        text NOT NULL,
    case_id     text COLLATE "C" NOT NULL,   -- '' for a test
    body        json NOT NULL,               -- what is signed and sent, to the byte
    queued_at   text COLLATE "C" NOT NULL,
    state       text NOT NULL CHECK (state IN ('waiting', 'delivered', 'dead')),
    next_at     text COLLATE "C" NOT NULL,
    attempts    integer NOT NULL,
    last_at     text COLLATE "C",
    last_status integer NOT NULL,
    last_error  text NOT NULL
);

-- The sender asks for what waits, the owner for the newest of one webhook.
CREATE INDEX deliveries_waiting ON deliveries (webhook, next_at, number) WHERE state = 'waiting';
CREATE INDEX deliveries_of_case ON deliveries (webhook, case_id, number) WHERE state = 'waiting';
CREATE INDEX deliveries_by_webhook ON deliveries (webhook, number);
CREATE INDEX deliveries_ended ON deliveries (last_at) WHERE state <> 'waiting';

-- +goose Down
DROP TABLE deliveries, webhooks;
