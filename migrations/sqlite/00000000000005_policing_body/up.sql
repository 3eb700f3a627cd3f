CREATE TABLE policing_body (
    record BLOB NOT NULL,
    version INTEGER NOT NULL,
    listed INTEGER NOT NULL,
    is_head INTEGER NOT NULL,
    head_state TEXT NOT NULL,
    body BLOB,
    assigned BLOB,
    public_from INTEGER,
    public_to INTEGER,
    reference TEXT NOT NULL,
    name TEXT NOT NULL,
    body_kind TEXT NOT NULL,
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
) STRICT, WITHOUT ROWID;
-- Each filter with each sort key, so that a page is read in its order and not sorted.
CREATE INDEX policing_body_reference ON policing_body (reference, record, public_from) WHERE listed;
CREATE INDEX policing_body_name ON policing_body (name, record, public_from) WHERE listed;
CREATE INDEX policing_body_body_kind_reference ON policing_body (body_kind, reference, record, public_from) WHERE listed;
CREATE INDEX policing_body_body_kind_name ON policing_body (body_kind, name, record, public_from) WHERE listed;
