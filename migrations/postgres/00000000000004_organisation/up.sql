CREATE TABLE organisation (
    record uuid NOT NULL,
    version bigint NOT NULL,
    listed boolean NOT NULL,
    is_head boolean NOT NULL,
    head_state text COLLATE "C" NOT NULL,
    body uuid,
    assigned uuid,
    public_from timestamptz,
    public_to timestamptz,
    reference text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    organisation_kind text COLLATE "C" NOT NULL,
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
);
-- Each filter with each sort key, so that a page is read in its order and not sorted.
CREATE INDEX organisation_reference ON organisation (reference, record, public_from) WHERE listed;
CREATE INDEX organisation_name ON organisation (name, record, public_from) WHERE listed;
CREATE INDEX organisation_organisation_kind_reference ON organisation (organisation_kind, reference, record, public_from) WHERE listed;
CREATE INDEX organisation_organisation_kind_name ON organisation (organisation_kind, name, record, public_from) WHERE listed;
