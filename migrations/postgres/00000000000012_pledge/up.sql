CREATE TABLE pledge (
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
    term uuid NOT NULL REFERENCES record (id),
    made_on date,
    made_on_asc date NOT NULL,
    made_on_desc date NOT NULL,
    testable boolean NOT NULL,
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
);
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
