-- Accounts, and what lets people and programs in. Of every secret only a hash
-- is here: SHA-256 in hex of random ones, argon2id of passwords. Times are text,
-- as those of cases are.

-- +goose Up

CREATE TABLE accounts (
    id           text COLLATE "C" NOT NULL PRIMARY KEY,
    name         text NOT NULL,
    role         text NOT NULL CHECK (role IN ('exporter', 'officer', 'evaluator', 'admin')),
    organisation text NOT NULL,
    state        text NOT NULL CHECK (state IN ('active', 'disabled')),
    source       text NOT NULL CHECK (source IN ('local', 'openid')),
    issuer       text NOT NULL,
    subject      text NOT NULL,
    password     text NOT NULL, -- PHC string, '' while there is none
    created_at   text COLLATE "C" NOT NULL,
    last_sign_in text COLLATE "C",
    CHECK (role <> 'exporter' OR organisation <> '')
);

-- A provider's subject signs in as one account at most.
CREATE UNIQUE INDEX accounts_by_subject ON accounts (issuer, subject) WHERE subject <> '';

CREATE TABLE account_sessions (
    id         text COLLATE "C" NOT NULL PRIMARY KEY,
    hash       text COLLATE "C" NOT NULL UNIQUE,
    account    text COLLATE "C" NOT NULL REFERENCES accounts (id),
    method     text NOT NULL,
    address    text NOT NULL,
    agent      text NOT NULL,
    created_at text COLLATE "C" NOT NULL,
    seen_at    text COLLATE "C" NOT NULL,
    expires_at text COLLATE "C" NOT NULL
);

CREATE INDEX account_sessions_by_account ON account_sessions (account);

CREATE TABLE account_tokens (
    id         text COLLATE "C" NOT NULL PRIMARY KEY,
    hash       text COLLATE "C" NOT NULL UNIQUE,
    account    text COLLATE "C" NOT NULL REFERENCES accounts (id),
    name       text NOT NULL,
    scopes     text NOT NULL, -- with spaces between
    created_at text COLLATE "C" NOT NULL,
    expires_at text COLLATE "C" NOT NULL,
    used_at    text COLLATE "C"
);

CREATE INDEX account_tokens_by_account ON account_tokens (account);

-- Links that work once. account is '' for the set-up of the first admin and
-- for a sign-in that is under way at a provider.
CREATE TABLE account_links (
    hash       text COLLATE "C" NOT NULL PRIMARY KEY,
    purpose    text NOT NULL,
    account    text COLLATE "C" NOT NULL,
    data       text NOT NULL,
    created_at text COLLATE "C" NOT NULL,
    expires_at text COLLATE "C" NOT NULL
);

CREATE INDEX account_links_by_account ON account_links (account);

-- Failed tries to sign in, by hashed name and by address.
CREATE TABLE account_failures (
    key   text COLLATE "C" NOT NULL PRIMARY KEY,
    count integer NOT NULL CHECK (count > 0),
    last  text COLLATE "C" NOT NULL,
    until text COLLATE "C"
);

-- +goose Down
DROP TABLE account_failures, account_links, account_tokens, account_sessions, accounts;
