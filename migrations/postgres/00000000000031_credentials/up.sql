-- Who may come in: people, what they belong to, keys for open data, the secrets of clients.

-- A person is known by our own id. `login` and `password_hash` for a local account; `issuer` and
-- `external_subject` for one whom an OpenID provider vouches for. `body` is whose administrator looks after the account.
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

-- What a subject (a client or a person with a local account) belongs to, from a moment to a moment.
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
CREATE INDEX membership_subject ON membership (subject, valid_from);
CREATE INDEX membership_body ON membership (body, valid_from, id);

-- A key for open data: random, so that a plain digest of it is enough.
CREATE TABLE api_key (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    label text COLLATE "C" NOT NULL,
    key_digest bytea NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text COLLATE "C" NOT NULL,
    revoked_at timestamptz
);

-- A client's secrets: the one in use, and for a while the one before it.
CREATE TABLE client_secret (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    client text COLLATE "C" NOT NULL REFERENCES client (id),
    secret_hash text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz
);
CREATE INDEX client_secret_client ON client_secret (client);
