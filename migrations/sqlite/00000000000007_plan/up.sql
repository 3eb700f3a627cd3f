CREATE TABLE plan (
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
    from_date TEXT NOT NULL,
    to_date TEXT,
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
) STRICT, WITHOUT ROWID;
-- Each filter with each sort key, so that a page is read in its order and not sorted.
CREATE INDEX plan_reference ON plan (reference, record, public_from) WHERE listed;
CREATE INDEX plan_title ON plan (title, record, public_from) WHERE listed;
CREATE INDEX plan_from_date ON plan (from_date, record, public_from) WHERE listed;
CREATE INDEX plan_to_date ON plan (to_date, record, public_from) WHERE listed;
CREATE INDEX plan_body_reference ON plan (body, reference, record, public_from) WHERE listed;
CREATE INDEX plan_body_title ON plan (body, title, record, public_from) WHERE listed;
CREATE INDEX plan_body_from_date ON plan (body, from_date, record, public_from) WHERE listed;
