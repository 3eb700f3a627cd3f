-- A version is some 2 kB. In a table without rowid such rows overflow, an inner page of the tree has eight of them, and each
-- step of a search reads a whole row: half of the time of a list of grants. With rowids the tree of the key is narrow.
-- SQLite cannot change it in place: the rows are copied to a new table, which takes the name of the old one. The foreign
-- keys that name the table must not be checked meanwhile, and that can be said only outside a transaction
-- (metadata.toml). Where the process ends half-way, the transaction leaves the old table, and the migration runs again.
PRAGMA foreign_keys = OFF;
BEGIN IMMEDIATE;
CREATE TABLE record_version_new (
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
    redacted_at INTEGER,
    PRIMARY KEY (record, version)
) STRICT;
INSERT INTO record_version_new (record, version, kind, reference, body_reference, owner_reference, state, title, content, digest, contributors, reason, author, authored_at, returned_reason, publication, published_by, embargo_until, listed, is_head, head_state, body, assigned, public_from, public_to, redacted_at)
SELECT record, version, kind, reference, body_reference, owner_reference, state, title, content, digest, contributors, reason, author, authored_at, returned_reason, publication, published_by, embargo_until, listed, is_head, head_state, body, assigned, public_from, public_to, redacted_at FROM record_version ORDER BY record, version;
DROP TABLE record_version;
ALTER TABLE record_version_new RENAME TO record_version;
CREATE INDEX record_version_kind ON record_version (kind, reference, record, public_from) WHERE listed;
CREATE INDEX record_version_assigned ON record_version (assigned, kind, reference) WHERE listed AND assigned IS NOT NULL;
CREATE INDEX record_version_returned ON record_version (body, kind, reference, record)
    WHERE listed AND is_head AND head_state = 'draft' AND returned_reason IS NOT NULL;
CREATE INDEX record_version_handed_in ON record_version (body, kind, reference, record)
    WHERE listed AND is_head AND head_state IN ('submitted', 'panel_shared', 'scheduled', 'scheduled_shared');
CREATE INDEX record_version_working ON record_version (kind, head_state, record, version)
    WHERE listed AND is_head AND head_state IN ('draft', 'submitted', 'panel_shared');
COMMIT;
PRAGMA foreign_keys = ON;
