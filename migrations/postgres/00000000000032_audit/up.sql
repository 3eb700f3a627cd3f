-- The audit trail: everything done, in a chain that tells when anything in it was changed. access/audit.rs says what
-- the digests are made of. Rows commit without a number; the sealer numbers and chains them, in the order of `queue`,
-- which is that in which they were written, and is emptied then.
CREATE TABLE audit (
    id uuid NOT NULL PRIMARY KEY,
    seq bigint UNIQUE,
    at timestamptz NOT NULL,
    event text COLLATE "C" NOT NULL,
    actor text COLLATE "C" NOT NULL,
    request uuid,
    record uuid,
    version bigint,
    body uuid,
    detail text COLLATE "C",
    salt bytea,
    blind bytea NOT NULL,
    content_digest bytea,
    detail_digest bytea NOT NULL,
    state_digest bytea,
    leaf bytea,
    hash bytea
);
CREATE INDEX audit_record ON audit (record, seq) WHERE record IS NOT NULL;
-- What a reader sees of it, the latest first: of a body, of no body, of one who did it (resources/audit/list.rs).
CREATE INDEX audit_body ON audit (body, at, seq) WHERE seq IS NOT NULL AND body IS NOT NULL;
CREATE INDEX audit_body_event ON audit (body, event, at, seq) WHERE seq IS NOT NULL AND body IS NOT NULL;
CREATE INDEX audit_body_actor ON audit (body, actor, at, seq) WHERE seq IS NOT NULL AND body IS NOT NULL;
CREATE INDEX audit_shared ON audit (at, seq) WHERE seq IS NOT NULL AND body IS NULL;
CREATE INDEX audit_shared_event ON audit (event, at, seq) WHERE seq IS NOT NULL AND body IS NULL;
CREATE INDEX audit_shared_actor ON audit (actor, at, seq) WHERE seq IS NOT NULL AND body IS NULL;
CREATE INDEX audit_actor ON audit (actor, at, seq) WHERE seq IS NOT NULL;
-- What is the row number on SQLite.
CREATE SEQUENCE audit_queue;
ALTER TABLE audit ADD COLUMN queue bigint UNIQUE DEFAULT nextval('audit_queue');
ALTER SEQUENCE audit_queue OWNED BY audit.queue;

-- Complete subtrees of 256, 65,536, … leaves of the Merkle tree.
CREATE TABLE audit_node (
    level bigint NOT NULL,
    position bigint NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (level, position)
);

-- What the tree was at the end of a day, signed.
CREATE TABLE audit_head (
    day date NOT NULL PRIMARY KEY,
    size bigint NOT NULL,
    at timestamptz NOT NULL,
    jws text COLLATE "C" NOT NULL
);

-- The public keys that ever signed one.
CREATE TABLE audit_key (
    kid text COLLATE "C" NOT NULL PRIMARY KEY,
    x text COLLATE "C" NOT NULL
);

CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
 RAISE EXCEPTION 'the audit trail is append-only';
END $$;

-- But for its sealing, and for a redaction, which destroys salt and detail.
CREATE FUNCTION audit_hardly_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
 IF (OLD.id, OLD.at, OLD.event, OLD.actor, OLD.request, OLD.record, OLD.version, OLD.body, OLD.blind,
   OLD.content_digest, OLD.detail_digest, OLD.state_digest)
  IS NOT DISTINCT FROM
  (NEW.id, NEW.at, NEW.event, NEW.actor, NEW.request, NEW.record, NEW.version, NEW.body, NEW.blind,
   NEW.content_digest, NEW.detail_digest, NEW.state_digest)
  AND ((OLD.seq IS NULL AND NEW.seq IS NOT NULL AND NEW.leaf IS NOT NULL AND NEW.hash IS NOT NULL
   AND NEW.queue IS NULL AND (OLD.detail, OLD.salt) IS NOT DISTINCT FROM (NEW.detail, NEW.salt))
   OR ((OLD.seq, OLD.queue, OLD.leaf, OLD.hash) IS NOT DISTINCT FROM (NEW.seq, NEW.queue, NEW.leaf, NEW.hash)
   AND NEW.detail IS NULL AND NEW.salt IS NULL)) THEN
  RETURN NEW;
 END IF;
 RAISE EXCEPTION 'the audit trail is append-only';
END $$;

CREATE TRIGGER audit_not_changed BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION audit_hardly_changes();
CREATE TRIGGER audit_not_deleted BEFORE DELETE OR TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_node_not_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_node FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_head_not_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_head FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_key_not_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_key FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();
