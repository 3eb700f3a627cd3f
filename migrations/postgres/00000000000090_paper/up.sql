CREATE TABLE paper (
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
    paper_kind text COLLATE "C" NOT NULL,
    made_by uuid REFERENCES record (id),
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
);
-- Each filter with each sort key, so that a page is read in its order and not sorted.
CREATE INDEX paper_reference ON paper (reference, record, public_from) WHERE listed;
CREATE INDEX paper_title ON paper (title, record, public_from) WHERE listed;
CREATE INDEX paper_body_reference ON paper (body, reference, record, public_from) WHERE listed;
CREATE INDEX paper_body_title ON paper (body, title, record, public_from) WHERE listed;
CREATE INDEX paper_paper_kind_reference ON paper (paper_kind, reference, record, public_from) WHERE listed;
CREATE INDEX paper_paper_kind_title ON paper (paper_kind, title, record, public_from) WHERE listed;
CREATE INDEX paper_made_by_reference ON paper (made_by, reference, record, public_from) WHERE listed;
CREATE INDEX paper_made_by_title ON paper (made_by, title, record, public_from) WHERE listed;
