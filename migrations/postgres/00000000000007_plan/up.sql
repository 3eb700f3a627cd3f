CREATE TABLE plan (
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
    from_date date NOT NULL,
    to_date date,
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
);
-- Each filter with each sort key, so that a page is read in its order and not sorted.
CREATE INDEX plan_reference ON plan (reference, record, public_from) WHERE listed;
CREATE INDEX plan_title ON plan (title, record, public_from) WHERE listed;
CREATE INDEX plan_from_date ON plan (from_date, record, public_from) WHERE listed;
CREATE INDEX plan_to_date ON plan (to_date, record, public_from) WHERE listed;
CREATE INDEX plan_body_reference ON plan (body, reference, record, public_from) WHERE listed;
CREATE INDEX plan_body_title ON plan (body, title, record, public_from) WHERE listed;
CREATE INDEX plan_body_from_date ON plan (body, from_date, record, public_from) WHERE listed;
