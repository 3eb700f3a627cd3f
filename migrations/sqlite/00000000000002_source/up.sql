CREATE TABLE source (
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
    title TEXT NOT NULL,
    publisher TEXT NOT NULL,
    published TEXT,
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
) STRICT, WITHOUT ROWID;
-- Each filter with each sort key, so that a page is read in its order and not sorted.
CREATE INDEX source_reference ON source (reference, record, public_from) WHERE listed;
CREATE INDEX source_title ON source (title, record, public_from) WHERE listed;
CREATE INDEX source_publisher_reference ON source (publisher, reference, record, public_from) WHERE listed;
CREATE INDEX source_publisher_title ON source (publisher, title, record, public_from) WHERE listed;
CREATE INDEX source_published ON source (published, record, public_from) WHERE listed;
