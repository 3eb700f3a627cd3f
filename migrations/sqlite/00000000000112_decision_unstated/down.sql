CREATE TABLE decision_new (
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
    title TEXT NOT NULL,
    decided_on TEXT,
    decided_on_asc TEXT NOT NULL,
    decided_on_desc TEXT NOT NULL,
    delegated INTEGER NOT NULL,
    significant INTEGER NOT NULL,
    value INTEGER,
    value_asc INTEGER NOT NULL,
    value_desc INTEGER NOT NULL,
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
) STRICT, WITHOUT ROWID;
INSERT INTO decision_new (record, version, listed, is_head, head_state, body, assigned, public_from, public_to, reference, title, decided_on, decided_on_asc, decided_on_desc, delegated, significant, value, value_asc, value_desc)
SELECT record, version, listed, is_head, head_state, body, assigned, public_from, public_to, reference, title, decided_on, decided_on_asc, decided_on_desc, coalesce(delegated, 0), coalesce(significant, 0), value, value_asc, value_desc
FROM decision;
DROP TABLE decision;
ALTER TABLE decision_new RENAME TO decision;
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
