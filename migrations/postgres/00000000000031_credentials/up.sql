-- Credentials: people, memberships, API keys for open data, the secrets of clients.

-- A person is known by our own id. `login` and `password_hash` for a local account; `issuer` and
-- `external_subject` for one who signs in with an OpenID provider. `body` is whose administrator looks after the account.
CREATE TABLE person (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    label text COLLATE "C" NOT NULL,
    login text COLLATE "C" UNIQUE,
    password_hash text COLLATE "C",
    must_change boolean NOT NULL,
    failures bigint NOT NULL,
    wait_until timestamptz,
    issuer text COLLATE "C",
    external_subject text COLLATE "C",
    body uuid REFERENCES record (id),
    created_at timestamptz NOT NULL,
    created_by text COLLATE "C" NOT NULL,
    revoked_at timestamptz,
    UNIQUE (issuer, external_subject)
);
CREATE INDEX person_body ON person (body, created_at, id);

-- What a subject (a client or a person with a local account) belongs to, from a moment to a moment. At any moment at
-- most one of a subject's holds.
CREATE TABLE membership (
    id uuid NOT NULL PRIMARY KEY,
    subject text COLLATE "C" NOT NULL,
    body uuid NOT NULL REFERENCES record (id),
    organisation uuid NOT NULL REFERENCES record (id),
    roles text COLLATE "C" NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz,
    created_at timestamptz NOT NULL,
    created_by text COLLATE "C" NOT NULL
);
CREATE INDEX membership_subject ON membership (subject, body, valid_from, id);
CREATE INDEX membership_body ON membership (body, valid_from, id);
CREATE INDEX membership_organisation ON membership (body, organisation, valid_from, id);

-- A key for open data: random, so that a plain digest of it is enough. It reads what is public and belongs to nobody;
-- `body` says whose administrators look after it, null those who have the database.
CREATE TABLE api_key (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    label text COLLATE "C" NOT NULL,
    body uuid REFERENCES record (id),
    key_digest bytea NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text COLLATE "C" NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX api_key_body ON api_key (body, created_at, id);

-- A client is a name. What it belongs to moves to its membership, its secret to a row of its own: the first secret of a
-- client made before has the client's id, since its text names none.
CREATE TABLE client_before AS SELECT * FROM client;
DROP TABLE client;
CREATE TABLE client (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    label text COLLATE "C" NOT NULL,
    stands_for_person boolean NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text COLLATE "C" NOT NULL,
    revoked_at timestamptz
);
INSERT INTO client (id, label, stands_for_person, created_at, created_by, revoked_at)
SELECT id, label, stands_for_person, created_at, 'operator', revoked_at FROM client_before;
INSERT INTO membership (id, subject, body, organisation, roles, valid_from, valid_to, created_at, created_by)
SELECT gen_random_uuid(),
id, body, organisation, roles, created_at, NULL, created_at, 'operator' FROM client_before
WHERE body IS NOT NULL AND organisation IS NOT NULL;

-- A client's secrets: the one in use, and for a while the one before it.
CREATE TABLE client_secret (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    client text COLLATE "C" NOT NULL REFERENCES client (id),
    secret_hash text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz
);
CREATE INDEX client_secret_client ON client_secret (client);
INSERT INTO client_secret (id, client, secret_hash, created_at, expires_at)
SELECT id, id, secret_hash, created_at, NULL FROM client_before;
DROP TABLE client_before;
