CREATE TABLE pledge (
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
    term BLOB NOT NULL REFERENCES record (id),
    made_on TEXT,
    made_on_asc TEXT NOT NULL,
    made_on_desc TEXT NOT NULL,
    testable INTEGER NOT NULL,
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
) STRICT, WITHOUT ROWID;
-- Each filter with each sort key, so that a page is read in its order and not sorted.
CREATE INDEX pledge_reference ON pledge (reference, record, public_from) WHERE listed;
CREATE INDEX pledge_made_on_asc ON pledge (made_on_asc, record, public_from) WHERE listed;
CREATE INDEX pledge_made_on_desc ON pledge (made_on_desc, record, public_from) WHERE listed;
CREATE INDEX pledge_body_reference ON pledge (body, reference, record, public_from) WHERE listed;
CREATE INDEX pledge_body_made_on_asc ON pledge (body, made_on_asc, record, public_from) WHERE listed;
CREATE INDEX pledge_body_made_on_desc ON pledge (body, made_on_desc, record, public_from) WHERE listed;
CREATE INDEX pledge_term_reference ON pledge (term, reference, record, public_from) WHERE listed;
CREATE INDEX pledge_term_made_on_asc ON pledge (term, made_on_asc, record, public_from) WHERE listed;
CREATE INDEX pledge_term_made_on_desc ON pledge (term, made_on_desc, record, public_from) WHERE listed;
CREATE INDEX pledge_testable_reference ON pledge (testable, reference, record, public_from) WHERE listed;
CREATE INDEX pledge_testable_made_on_asc ON pledge (testable, made_on_asc, record, public_from) WHERE listed;
CREATE INDEX pledge_testable_made_on_desc ON pledge (testable, made_on_desc, record, public_from) WHERE listed;
