CREATE TABLE office_term (
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
    holder text COLLATE "C" NOT NULL,
    office text COLLATE "C" NOT NULL,
    from_date date,
    from_asc date NOT NULL,
    from_desc date NOT NULL,
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
);
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
