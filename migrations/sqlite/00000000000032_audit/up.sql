-- The audit trail: everything done, in a chain that tells when anything in it was changed. access/audit.rs says what
-- the digests are made of. Rows commit without a number; the sealer numbers and chains them, in the order in which they
-- were written, which SQLite's own row number keeps.
CREATE TABLE audit (
    id BLOB NOT NULL PRIMARY KEY,
    seq INTEGER UNIQUE,
    at INTEGER NOT NULL,
    event TEXT NOT NULL,
    actor TEXT NOT NULL,
    request BLOB,
    record BLOB,
    version INTEGER,
    body BLOB,
    detail TEXT,
    salt BLOB,
    blind BLOB NOT NULL,
    content_digest BLOB,
    detail_digest BLOB NOT NULL,
    state_digest BLOB,
    leaf BLOB,
    hash BLOB
) STRICT;
CREATE INDEX audit_record ON audit (record, seq) WHERE record IS NOT NULL;
-- What a reader sees of it, the latest first: of a body, of no body, of one who did it (resources/audit/list.rs).
CREATE INDEX audit_body ON audit (body, at, seq) WHERE seq IS NOT NULL AND body IS NOT NULL;
CREATE INDEX audit_body_event ON audit (body, event, at, seq) WHERE seq IS NOT NULL AND body IS NOT NULL;
CREATE INDEX audit_body_actor ON audit (body, actor, at, seq) WHERE seq IS NOT NULL AND body IS NOT NULL;
CREATE INDEX audit_shared ON audit (at, seq) WHERE seq IS NOT NULL AND body IS NULL;
CREATE INDEX audit_shared_event ON audit (event, at, seq) WHERE seq IS NOT NULL AND body IS NULL;
CREATE INDEX audit_shared_actor ON audit (actor, at, seq) WHERE seq IS NOT NULL AND body IS NULL;
CREATE INDEX audit_actor ON audit (actor, at, seq) WHERE seq IS NOT NULL;

-- Complete subtrees of 256, 65,536, … leaves of the Merkle tree.
CREATE TABLE audit_node (
    level INTEGER NOT NULL,
    position INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (level, position)
) STRICT, WITHOUT ROWID;

-- What the tree was at the end of a day, signed.
CREATE TABLE audit_head (
    day TEXT NOT NULL PRIMARY KEY,
    size INTEGER NOT NULL,
    at INTEGER NOT NULL,
    jws TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The public keys that ever signed one.
CREATE TABLE audit_key (
    kid TEXT NOT NULL PRIMARY KEY,
    x TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER audit_not_deleted BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
-- But for its sealing, and for a redaction, which destroys salt and detail.
CREATE TRIGGER audit_not_changed BEFORE UPDATE ON audit
WHEN NOT (
 OLD.id IS NEW.id AND OLD.at IS NEW.at AND OLD.event IS NEW.event AND OLD.actor IS NEW.actor
 AND OLD.request IS NEW.request AND OLD.record IS NEW.record AND OLD.version IS NEW.version AND OLD.body IS NEW.body
 AND OLD.blind IS NEW.blind AND OLD.content_digest IS NEW.content_digest
 AND OLD.detail_digest IS NEW.detail_digest AND OLD.state_digest IS NEW.state_digest
 AND ((OLD.seq IS NULL AND NEW.seq IS NOT NULL AND NEW.leaf IS NOT NULL AND NEW.hash IS NOT NULL
   AND OLD.detail IS NEW.detail AND OLD.salt IS NEW.salt)
  OR (OLD.seq IS NEW.seq AND OLD.leaf IS NEW.leaf AND OLD.hash IS NEW.hash AND NEW.detail IS NULL AND NEW.salt IS NULL)))
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_node_not_deleted BEFORE DELETE ON audit_node BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_node_not_changed BEFORE UPDATE ON audit_node BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_head_not_deleted BEFORE DELETE ON audit_head BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_head_not_changed BEFORE UPDATE ON audit_head BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_key_not_deleted BEFORE DELETE ON audit_key BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_key_not_changed BEFORE UPDATE ON audit_key BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
