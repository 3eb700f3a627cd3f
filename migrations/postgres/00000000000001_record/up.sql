-- What every kind shares: the record, its versions, links, approvals, the change feed, and some small tables.
CREATE TABLE record (
    id uuid NOT NULL PRIMARY KEY,
    kind text COLLATE "C" NOT NULL,
    body uuid REFERENCES record (id),
    owner uuid REFERENCES record (id),
    reference text COLLATE "C" NOT NULL,
    head_version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    withdrawn_at timestamptz,
    withdrawn_by text COLLATE "C",
    withdrawn_reason text COLLATE "C",
    -- Whether the public ever saw it: decides between 410 and 404 after a withdrawal.
    was_public boolean NOT NULL
);
CREATE UNIQUE INDEX record_reference ON record (kind, reference, body) WHERE body IS NOT NULL;
CREATE UNIQUE INDEX record_reference_shared ON record (kind, reference) WHERE body IS NULL;

-- `listed`, `is_head`, `head_state`, `body`, `assigned`, `public_from`, `public_to` are what the one visibility
-- filter looks at; each kind's table repeats them so that its indexes can.
CREATE TABLE record_version (
    record uuid NOT NULL REFERENCES record (id),
    version bigint NOT NULL,
    kind text COLLATE "C" NOT NULL,
    reference text COLLATE "C" NOT NULL,
    body_reference text COLLATE "C",
    owner_reference text COLLATE "C",
    state text COLLATE "C" NOT NULL CHECK (state IN ('draft', 'submitted', 'panel_shared', 'published', 'withdrawn')),
    title text COLLATE "C" NOT NULL,
    content text COLLATE "C" NOT NULL,
    digest bytea NOT NULL,
    contributors text COLLATE "C" NOT NULL,
    reason text COLLATE "C",
    author text COLLATE "C" NOT NULL,
    authored_at timestamptz NOT NULL,
    returned_reason text COLLATE "C",
    publication bigint,
    published_by text COLLATE "C",
    embargo_until timestamptz,
    listed boolean NOT NULL,
    is_head boolean NOT NULL,
    head_state text COLLATE "C" NOT NULL,
    body uuid REFERENCES record (id),
    assigned uuid REFERENCES record (id),
    public_from timestamptz,
    public_to timestamptz,
    PRIMARY KEY (record, version)
);
CREATE INDEX record_version_kind ON record_version (kind, reference, record, public_from) WHERE listed;
CREATE INDEX record_version_assigned ON record_version (assigned, kind, reference) WHERE listed AND assigned IS NOT NULL;

CREATE TABLE approval (
    record uuid NOT NULL,
    version bigint NOT NULL,
    role text COLLATE "C" NOT NULL,
    person text COLLATE "C" NOT NULL,
    digest bytea NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (record, version, role, person),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
);

-- A link belongs to a version of the record that declares it. `inverse` when the relation reads the other
-- way round: a theme is addressed_by the objective that declares it.
CREATE TABLE link (
    record uuid NOT NULL,
    version bigint NOT NULL,
    member text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    rel text COLLATE "C" NOT NULL,
    inverse boolean NOT NULL,
    other uuid NOT NULL REFERENCES record (id),
    PRIMARY KEY (record, version, member, position),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
);
CREATE INDEX link_other ON link (other, rel);

-- Rows commit without a number; the sealer numbers them in the order of their commits.
CREATE TABLE change (
    id uuid NOT NULL PRIMARY KEY,
    seq bigint UNIQUE,
    record uuid NOT NULL REFERENCES record (id),
    version bigint NOT NULL,
    kind text COLLATE "C" NOT NULL,
    reference text COLLATE "C" NOT NULL,
    body uuid,
    assigned uuid,
    event text COLLATE "C" NOT NULL,
    public boolean NOT NULL,
    publication bigint,
    at timestamptz NOT NULL
);
CREATE INDEX change_unsealed ON change (at, id) WHERE seq IS NULL;
CREATE INDEX change_public ON change (seq) WHERE public;

-- Publications whose minute has not come: the clock emits their events.
CREATE TABLE scheduled (
    record uuid NOT NULL PRIMARY KEY REFERENCES record (id),
    version bigint NOT NULL,
    due_at timestamptz NOT NULL
);
CREATE INDEX scheduled_due ON scheduled (due_at);

-- The latest moment at which anything was made public or withdrawn: a clock set back hides nothing again.
CREATE TABLE clock_mark (
    id bigint NOT NULL PRIMARY KEY CHECK (id = 1),
    at timestamptz NOT NULL
);
INSERT INTO clock_mark (id, at) VALUES (1, '1970-01-01T00:00:00Z');

CREATE TABLE client (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    label text COLLATE "C" NOT NULL,
    secret_hash text COLLATE "C" NOT NULL,
    body uuid REFERENCES record (id),
    organisation uuid REFERENCES record (id),
    roles text COLLATE "C" NOT NULL,
    stands_for_person boolean NOT NULL,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz
);

CREATE TABLE idempotency (
    credential text COLLATE "C" NOT NULL,
    route text COLLATE "C" NOT NULL,
    idempotency_key text COLLATE "C" NOT NULL,
    body_hash bytea NOT NULL,
    record uuid REFERENCES record (id),
    version bigint,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (credential, route, idempotency_key)
);
CREATE INDEX idempotency_age ON idempotency (created_at);
