CREATE TABLE statement (
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
    said_on TEXT,
    said_on_asc TEXT NOT NULL,
    said_on_desc TEXT NOT NULL,
    indicator BLOB REFERENCES record (id),
    term BLOB REFERENCES record (id),
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
) STRICT, WITHOUT ROWID;
-- Each filter with each sort key, so that a page is read in its order and not sorted.
CREATE INDEX statement_reference ON statement (reference, record, public_from) WHERE listed;
CREATE INDEX statement_said_on_asc ON statement (said_on_asc, record, public_from) WHERE listed;
CREATE INDEX statement_said_on_desc ON statement (said_on_desc, record, public_from) WHERE listed;
CREATE INDEX statement_body_reference ON statement (body, reference, record, public_from) WHERE listed;
CREATE INDEX statement_body_said_on_asc ON statement (body, said_on_asc, record, public_from) WHERE listed;
CREATE INDEX statement_body_said_on_desc ON statement (body, said_on_desc, record, public_from) WHERE listed;
CREATE INDEX statement_indicator_reference ON statement (indicator, reference, record, public_from) WHERE listed;
CREATE INDEX statement_indicator_said_on_asc ON statement (indicator, said_on_asc, record, public_from) WHERE listed;
CREATE INDEX statement_indicator_said_on_desc ON statement (indicator, said_on_desc, record, public_from) WHERE listed;
CREATE INDEX statement_term_reference ON statement (term, reference, record, public_from) WHERE listed;
CREATE INDEX statement_term_said_on_asc ON statement (term, said_on_asc, record, public_from) WHERE listed;
CREATE INDEX statement_term_said_on_desc ON statement (term, said_on_desc, record, public_from) WHERE listed;
