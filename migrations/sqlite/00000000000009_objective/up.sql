CREATE TABLE objective (
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
    priority BLOB REFERENCES record (id),
    number INTEGER NOT NULL,
    title TEXT NOT NULL,
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
) STRICT, WITHOUT ROWID;
-- Each filter with each sort key, so that a page is read in its order and not sorted.
CREATE INDEX objective_reference ON objective (reference, record, public_from) WHERE listed;
CREATE INDEX objective_number ON objective (number, record, public_from) WHERE listed;
CREATE INDEX objective_title ON objective (title, record, public_from) WHERE listed;
CREATE INDEX objective_body_reference ON objective (body, reference, record, public_from) WHERE listed;
CREATE INDEX objective_body_number ON objective (body, number, record, public_from) WHERE listed;
CREATE INDEX objective_body_title ON objective (body, title, record, public_from) WHERE listed;
CREATE INDEX objective_plan_reference ON objective (plan, reference, record, public_from) WHERE listed;
CREATE INDEX objective_plan_number ON objective (plan, number, record, public_from) WHERE listed;
CREATE INDEX objective_plan_title ON objective (plan, title, record, public_from) WHERE listed;
CREATE INDEX objective_priority_reference ON objective (priority, reference, record, public_from) WHERE listed;
CREATE INDEX objective_priority_number ON objective (priority, number, record, public_from) WHERE listed;
CREATE INDEX objective_priority_title ON objective (priority, title, record, public_from) WHERE listed;
