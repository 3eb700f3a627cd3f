CREATE TABLE priority (
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
    plan uuid NOT NULL REFERENCES record (id),
    rank bigint NOT NULL,
    title text COLLATE "C" NOT NULL,
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
);
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
