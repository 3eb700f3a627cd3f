-- What every kind shares: the record, its versions, links, approvals, the change feed, and some small tables.
CREATE TABLE record (
    id BLOB NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    body BLOB REFERENCES record (id),
    owner BLOB REFERENCES record (id),
    reference TEXT NOT NULL,
    head_version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    withdrawn_at INTEGER,
    withdrawn_by TEXT,
    withdrawn_reason TEXT,
    -- Whether the public ever saw it: decides between 410 and 404 after a withdrawal.
    was_public INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX record_reference ON record (kind, reference, body) WHERE body IS NOT NULL;
CREATE UNIQUE INDEX record_reference_shared ON record (kind, reference) WHERE body IS NULL;

-- `listed`, `is_head`, `head_state`, `body`, `assigned`, `public_from`, `public_to` are what the one visibility
-- filter looks at; each kind's table repeats them so that its indexes can.
CREATE TABLE record_version (
    record BLOB NOT NULL REFERENCES record (id),
    version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    reference TEXT NOT NULL,
    body_reference TEXT,
    owner_reference TEXT,
    state TEXT NOT NULL CHECK (state IN ('draft', 'submitted', 'panel_shared', 'published', 'withdrawn')),
    title TEXT NOT NULL,
    content TEXT NOT NULL,
    digest BLOB NOT NULL,
    contributors TEXT NOT NULL,
    reason TEXT,
    author TEXT NOT NULL,
    authored_at INTEGER NOT NULL,
    returned_reason TEXT,
    publication INTEGER,
    published_by TEXT,
    embargo_until INTEGER,
    listed INTEGER NOT NULL,
    is_head INTEGER NOT NULL,
    head_state TEXT NOT NULL,
    body BLOB REFERENCES record (id),
    assigned BLOB REFERENCES record (id),
    public_from INTEGER,
    public_to INTEGER,
    PRIMARY KEY (record, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX record_version_kind ON record_version (kind, reference, record, public_from) WHERE listed;
CREATE INDEX record_version_assigned ON record_version (assigned, kind, reference) WHERE listed AND assigned IS NOT NULL;

CREATE TABLE approval (
    record BLOB NOT NULL,
    version INTEGER NOT NULL,
    role TEXT NOT NULL,
    person TEXT NOT NULL,
    digest BLOB NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (record, version, role, person),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
) STRICT, WITHOUT ROWID;

-- A link belongs to a version of the record that declares it. `inverse` when the relation reads the other
-- way round: a theme is addressed_by the objective that declares it.
CREATE TABLE link (
    record BLOB NOT NULL,
    version INTEGER NOT NULL,
    member TEXT NOT NULL,
    position INTEGER NOT NULL,
    rel TEXT NOT NULL,
    inverse INTEGER NOT NULL,
    other BLOB NOT NULL REFERENCES record (id),
    PRIMARY KEY (record, version, member, position),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX link_other ON link (other, rel);

-- Rows commit without a number; the sealer numbers them in the order of their commits.
CREATE TABLE change (
    id BLOB NOT NULL PRIMARY KEY,
    seq INTEGER UNIQUE,
    record BLOB NOT NULL REFERENCES record (id),
    version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    reference TEXT NOT NULL,
    body BLOB,
    assigned BLOB,
    event TEXT NOT NULL,
    public INTEGER NOT NULL,
    publication INTEGER,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX change_unsealed ON change (at, id) WHERE seq IS NULL;
CREATE INDEX change_public ON change (seq) WHERE public;

-- Publications whose minute has not come: the clock emits their events.
CREATE TABLE scheduled (
    record BLOB NOT NULL PRIMARY KEY REFERENCES record (id),
    version INTEGER NOT NULL,
    due_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX scheduled_due ON scheduled (due_at);

-- The latest moment at which anything was made public or withdrawn: a clock set back hides nothing again.
CREATE TABLE clock_mark (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO clock_mark (id, at) VALUES (1, 0);

CREATE TABLE client (
    id TEXT NOT NULL PRIMARY KEY,
    label TEXT NOT NULL,
    secret_hash TEXT NOT NULL,
    body BLOB REFERENCES record (id),
    organisation BLOB REFERENCES record (id),
    roles TEXT NOT NULL,
    stands_for_person INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency (
    credential TEXT NOT NULL,
    route TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    body_hash BLOB NOT NULL,
    record BLOB REFERENCES record (id),
    version INTEGER,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (credential, route, idempotency_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_age ON idempotency (created_at);
