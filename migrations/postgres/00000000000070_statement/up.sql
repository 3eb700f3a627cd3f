CREATE TABLE statement (
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
    said_on date,
    said_on_asc date NOT NULL,
    said_on_desc date NOT NULL,
    indicator uuid REFERENCES record (id),
    term uuid REFERENCES record (id),
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
);
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
