CREATE TABLE data_release (
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
    indicator uuid NOT NULL REFERENCES record (id),
    title text COLLATE "C" NOT NULL,
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
);
-- Each filter with each sort key, so that a page is read in its order and not sorted.
CREATE INDEX data_release_reference ON data_release (reference, record, public_from) WHERE listed;
CREATE INDEX data_release_title ON data_release (title, record, public_from) WHERE listed;
CREATE INDEX data_release_body_reference ON data_release (body, reference, record, public_from) WHERE listed;
CREATE INDEX data_release_body_title ON data_release (body, title, record, public_from) WHERE listed;
CREATE INDEX data_release_indicator_reference ON data_release (indicator, reference, record, public_from) WHERE listed;
CREATE INDEX data_release_indicator_title ON data_release (indicator, title, record, public_from) WHERE listed;
