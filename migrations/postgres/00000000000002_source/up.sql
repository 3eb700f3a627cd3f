CREATE TABLE source (
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
    title text COLLATE "C" NOT NULL,
    publisher text COLLATE "C" NOT NULL,
    published date,
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
);
-- Each filter with each sort key, so that a page is read in its order and not sorted.
CREATE INDEX source_reference ON source (reference, record, public_from) WHERE listed;
CREATE INDEX source_title ON source (title, record, public_from) WHERE listed;
CREATE INDEX source_publisher_reference ON source (publisher, reference, record, public_from) WHERE listed;
CREATE INDEX source_publisher_title ON source (publisher, title, record, public_from) WHERE listed;
CREATE INDEX source_published ON source (published, record, public_from) WHERE listed;
