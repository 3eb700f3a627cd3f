CREATE TABLE office_term (
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
    holder TEXT NOT NULL,
    office TEXT NOT NULL,
    from_date TEXT,
    from_asc TEXT NOT NULL,
    from_desc TEXT NOT NULL,
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
) STRICT, WITHOUT ROWID;
-- Each filter with each sort key, so that a page is read in its order and not sorted.
CREATE INDEX office_term_reference ON office_term (reference, record, public_from) WHERE listed;
CREATE INDEX office_term_holder ON office_term (holder, record, public_from) WHERE listed;
CREATE INDEX office_term_from_asc ON office_term (from_asc, record, public_from) WHERE listed;
CREATE INDEX office_term_from_desc ON office_term (from_desc, record, public_from) WHERE listed;
CREATE INDEX office_term_body_reference ON office_term (body, reference, record, public_from) WHERE listed;
CREATE INDEX office_term_body_holder ON office_term (body, holder, record, public_from) WHERE listed;
CREATE INDEX office_term_body_from_asc ON office_term (body, from_asc, record, public_from) WHERE listed;
CREATE INDEX office_term_body_from_desc ON office_term (body, from_desc, record, public_from) WHERE listed;
CREATE INDEX office_term_office_reference ON office_term (office, reference, record, public_from) WHERE listed;
CREATE INDEX office_term_office_holder ON office_term (office, holder, record, public_from) WHERE listed;
CREATE INDEX office_term_office_from_asc ON office_term (office, from_asc, record, public_from) WHERE listed;
CREATE INDEX office_term_office_from_desc ON office_term (office, from_desc, record, public_from) WHERE listed;
