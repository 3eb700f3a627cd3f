CREATE TABLE organisation (
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
    organisation_kind TEXT NOT NULL,
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
) STRICT, WITHOUT ROWID;
-- Each filter with each sort key, so that a page is read in its order and not sorted.
CREATE INDEX organisation_reference ON organisation (reference, record, public_from) WHERE listed;
CREATE INDEX organisation_name ON organisation (name, record, public_from) WHERE listed;
CREATE INDEX organisation_organisation_kind_reference ON organisation (organisation_kind, reference, record, public_from) WHERE listed;
CREATE INDEX organisation_organisation_kind_name ON organisation (organisation_kind, name, record, public_from) WHERE listed;
