-- Credentials: people, memberships, API keys for open data, the secrets of clients.

-- A person is known by our own id. `login` and `password_hash` for a local account; `issuer` and
-- `external_subject` for one who signs in with an OpenID provider. `body` is whose administrator looks after the account.
CREATE TABLE person (
    id TEXT NOT NULL PRIMARY KEY,
    label TEXT NOT NULL,
    login TEXT UNIQUE,
    password_hash TEXT,
    must_change INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    wait_until INTEGER,
    issuer TEXT,
    external_subject TEXT,
    body BLOB REFERENCES record (id),
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    revoked_at INTEGER,
    UNIQUE (issuer, external_subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX person_body ON person (body, created_at, id);

-- What a subject (a client or a person with a local account) belongs to, from a moment to a moment. At any moment at
-- most one of a subject's holds.
CREATE TABLE membership (
    id BLOB NOT NULL PRIMARY KEY,
    subject TEXT NOT NULL,
    body BLOB NOT NULL REFERENCES record (id),
    organisation BLOB NOT NULL REFERENCES record (id),
    roles TEXT NOT NULL,
    valid_from INTEGER NOT NULL,
    valid_to INTEGER,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX membership_subject ON membership (subject, body, valid_from, id);
CREATE INDEX membership_body ON membership (body, valid_from, id);
CREATE INDEX membership_organisation ON membership (body, organisation, valid_from, id);

-- A key for open data: random, so that a plain digest of it is enough. It reads what is public and belongs to nobody;
-- `body` says whose administrators look after it, null those who have the database.
CREATE TABLE api_key (
    id TEXT NOT NULL PRIMARY KEY,
    label TEXT NOT NULL,
    body BLOB REFERENCES record (id),
    key_digest BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX api_key_body ON api_key (body, created_at, id);

-- A client is a name. What it belongs to moves to its membership, its secret to a row of its own: the first secret of a
-- client made before has the client's id, since its text names none.
CREATE TABLE client_before AS SELECT * FROM client;
DROP TABLE client;
CREATE TABLE client (
    id TEXT NOT NULL PRIMARY KEY,
    label TEXT NOT NULL,
    stands_for_person INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO client (id, label, stands_for_person, created_at, created_by, revoked_at)
SELECT id, label, stands_for_person, created_at, 'operator', revoked_at FROM client_before;
INSERT INTO membership (id, subject, body, organisation, roles, valid_from, valid_to, created_at, created_by)
SELECT unhex(hex(randomblob(6)) || '4' || substr(hex(randomblob(2)), 2) || 'A' || substr(hex(randomblob(2)), 2) || hex(randomblob(6))),
id, body, organisation, roles, created_at, NULL, created_at, 'operator' FROM client_before
WHERE body IS NOT NULL AND organisation IS NOT NULL;

-- A client's secrets: the one in use, and for a while the one before it.
CREATE TABLE client_secret (
    id TEXT NOT NULL PRIMARY KEY,
    client TEXT NOT NULL REFERENCES client (id),
    secret_hash TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX client_secret_client ON client_secret (client);
INSERT INTO client_secret (id, client, secret_hash, created_at, expires_at)
SELECT id, id, secret_hash, created_at, NULL FROM client_before;
DROP TABLE client_before;
