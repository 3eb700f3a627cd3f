CREATE TABLE data_release (
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
    indicator BLOB NOT NULL REFERENCES record (id),
    title TEXT NOT NULL,
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
) STRICT, WITHOUT ROWID;
-- Each filter with each sort key, so that a page is read in its order and not sorted.
CREATE INDEX data_release_reference ON data_release (reference, record, public_from) WHERE listed;
CREATE INDEX data_release_title ON data_release (title, record, public_from) WHERE listed;
CREATE INDEX data_release_body_reference ON data_release (body, reference, record, public_from) WHERE listed;
CREATE INDEX data_release_body_title ON data_release (body, title, record, public_from) WHERE listed;
CREATE INDEX data_release_indicator_reference ON data_release (indicator, reference, record, public_from) WHERE listed;
CREATE INDEX data_release_indicator_title ON data_release (indicator, title, record, public_from) WHERE listed;
