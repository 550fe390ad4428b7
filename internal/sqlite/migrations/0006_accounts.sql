-- Accounts, and what lets people and programs in. Of every secret only a hash
-- is here: SHA-256 in hex of random ones, argon2id of passwords.

CREATE TABLE accounts (
    id           TEXT NOT NULL PRIMARY KEY,
    name         TEXT NOT NULL,
    role         TEXT NOT NULL CHECK (role IN ('exporter', 'officer', 'evaluator', 'admin')),
    organisation TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('active', 'disabled')),
    source       TEXT NOT NULL CHECK (source IN ('local', 'openid')),
    issuer       TEXT NOT NULL,
    subject      TEXT NOT NULL,
    password     TEXT NOT NULL, -- PHC string, '' while there is none
    created_at   TEXT NOT NULL,
    last_sign_in TEXT,
    CHECK (role <> 'exporter' OR organisation <> '')
) STRICT, WITHOUT ROWID;

-- A provider's subject signs in as one account at most.
CREATE UNIQUE INDEX accounts_by_subject ON accounts (issuer, subject) WHERE subject <> '';

CREATE TABLE account_sessions (
    id         TEXT NOT NULL PRIMARY KEY,
    hash       TEXT NOT NULL UNIQUE,
    account    TEXT NOT NULL REFERENCES accounts (id),
    method     TEXT NOT NULL,
    address    TEXT NOT NULL,
    agent      TEXT NOT NULL,
    created_at TEXT NOT NULL,
    seen_at    TEXT NOT NULL,
    expires_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX account_sessions_by_account ON account_sessions (account);

CREATE TABLE account_tokens (
    id         TEXT NOT NULL PRIMARY KEY,
    hash       TEXT NOT NULL UNIQUE,
    account    TEXT NOT NULL REFERENCES accounts (id),
    name       TEXT NOT NULL,
    scopes     TEXT NOT NULL, -- with spaces between
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    used_at    TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX account_tokens_by_account ON account_tokens (account);

-- Links that work once. account is '' for the set-up of the first admin and
-- for a sign-in that is under way at a provider.
CREATE TABLE account_links (
    hash       TEXT NOT NULL PRIMARY KEY,
    purpose    TEXT NOT NULL,
    account    TEXT NOT NULL,
    data       TEXT NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX account_links_by_account ON account_links (account);

-- Failed tries to sign in, by hashed name and by address.
CREATE TABLE account_failures (
    key   TEXT NOT NULL PRIMARY KEY,
    count INTEGER NOT NULL CHECK (count > 0),
    last  TEXT NOT NULL,
    until TEXT
) STRICT, WITHOUT ROWID;
