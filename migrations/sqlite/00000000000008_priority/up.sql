CREATE TABLE priority (
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
    plan BLOB NOT NULL REFERENCES record (id),
    rank INTEGER NOT NULL,
    title TEXT NOT NULL,
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
) STRICT, WITHOUT ROWID;
-- Each filter with each sort key, so that a page is read in its order and not sorted.
CREATE INDEX priority_reference ON priority (reference, record, public_from) WHERE listed;
CREATE INDEX priority_rank ON priority (rank, record, public_from) WHERE listed;
CREATE INDEX priority_title ON priority (title, record, public_from) WHERE listed;
CREATE INDEX priority_body_reference ON priority (body, reference, record, public_from) WHERE listed;
CREATE INDEX priority_body_rank ON priority (body, rank, record, public_from) WHERE listed;
CREATE INDEX priority_body_title ON priority (body, title, record, public_from) WHERE listed;
CREATE INDEX priority_plan_reference ON priority (plan, reference, record, public_from) WHERE listed;
CREATE INDEX priority_plan_rank ON priority (plan, rank, record, public_from) WHERE listed;
CREATE INDEX priority_plan_title ON priority (plan, title, record, public_from) WHERE listed;
