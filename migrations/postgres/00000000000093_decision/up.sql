CREATE TABLE decision (
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
    decided_on date,
    decided_on_asc date NOT NULL,
    decided_on_desc date NOT NULL,
    delegated boolean NOT NULL,
    significant boolean NOT NULL,
    value bigint,
    value_asc bigint NOT NULL,
    value_desc bigint NOT NULL,
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
);
-- Each filter with each sort key, so that a page is read in its order and not sorted.
CREATE INDEX decision_reference ON decision (reference, record, public_from) WHERE listed;
CREATE INDEX decision_title ON decision (title, record, public_from) WHERE listed;
CREATE INDEX decision_decided_on_asc ON decision (decided_on_asc, record, public_from) WHERE listed;
CREATE INDEX decision_decided_on_desc ON decision (decided_on_desc, record, public_from) WHERE listed;
CREATE INDEX decision_value_asc ON decision (value_asc, record, public_from) WHERE listed;
CREATE INDEX decision_value_desc ON decision (value_desc, record, public_from) WHERE listed;
CREATE INDEX decision_body_reference ON decision (body, reference, record, public_from) WHERE listed;
CREATE INDEX decision_body_title ON decision (body, title, record, public_from) WHERE listed;
CREATE INDEX decision_body_decided_on_asc ON decision (body, decided_on_asc, record, public_from) WHERE listed;
CREATE INDEX decision_body_decided_on_desc ON decision (body, decided_on_desc, record, public_from) WHERE listed;
CREATE INDEX decision_body_value_asc ON decision (body, value_asc, record, public_from) WHERE listed;
CREATE INDEX decision_body_value_desc ON decision (body, value_desc, record, public_from) WHERE listed;
CREATE INDEX decision_delegated_reference ON decision (delegated, reference, record, public_from) WHERE listed;
CREATE INDEX decision_delegated_title ON decision (delegated, title, record, public_from) WHERE listed;
CREATE INDEX decision_delegated_decided_on_asc ON decision (delegated, decided_on_asc, record, public_from) WHERE listed;
CREATE INDEX decision_delegated_decided_on_desc ON decision (delegated, decided_on_desc, record, public_from) WHERE listed;
CREATE INDEX decision_delegated_value_asc ON decision (delegated, value_asc, record, public_from) WHERE listed;
CREATE INDEX decision_delegated_value_desc ON decision (delegated, value_desc, record, public_from) WHERE listed;
CREATE INDEX decision_significant_reference ON decision (significant, reference, record, public_from) WHERE listed;
CREATE INDEX decision_significant_title ON decision (significant, title, record, public_from) WHERE listed;
CREATE INDEX decision_significant_decided_on_asc ON decision (significant, decided_on_asc, record, public_from) WHERE listed;
CREATE INDEX decision_significant_decided_on_desc ON decision (significant, decided_on_desc, record, public_from) WHERE listed;
CREATE INDEX decision_significant_value_asc ON decision (significant, value_asc, record, public_from) WHERE listed;
CREATE INDEX decision_significant_value_desc ON decision (significant, value_desc, record, public_from) WHERE listed;
