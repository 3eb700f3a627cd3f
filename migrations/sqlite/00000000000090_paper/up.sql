CREATE TABLE paper (
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
    paper_kind TEXT NOT NULL,
    made_by BLOB REFERENCES record (id),
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
) STRICT, WITHOUT ROWID;
-- Each filter with each sort key, so that a page is read in its order and not sorted.
CREATE INDEX paper_reference ON paper (reference, record, public_from) WHERE listed;
CREATE INDEX paper_title ON paper (title, record, public_from) WHERE listed;
CREATE INDEX paper_body_reference ON paper (body, reference, record, public_from) WHERE listed;
CREATE INDEX paper_body_title ON paper (body, title, record, public_from) WHERE listed;
CREATE INDEX paper_paper_kind_reference ON paper (paper_kind, reference, record, public_from) WHERE listed;
CREATE INDEX paper_paper_kind_title ON paper (paper_kind, title, record, public_from) WHERE listed;
CREATE INDEX paper_made_by_reference ON paper (made_by, reference, record, public_from) WHERE listed;
CREATE INDEX paper_made_by_title ON paper (made_by, title, record, public_from) WHERE listed;
