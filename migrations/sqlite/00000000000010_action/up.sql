CREATE TABLE action (
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
    objective BLOB NOT NULL REFERENCES record (id),
    number INTEGER NOT NULL,
    verb TEXT NOT NULL,
    status TEXT NOT NULL,
    assigned_organisation BLOB REFERENCES record (id),
    due TEXT,
    due_asc TEXT NOT NULL,
    due_desc TEXT NOT NULL,
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
) STRICT, WITHOUT ROWID;
-- Each filter with each sort key, so that a page is read in its order and not sorted.
CREATE INDEX action_reference ON action (reference, record, public_from) WHERE listed;
CREATE INDEX action_due_asc ON action (due_asc, record, public_from) WHERE listed;
CREATE INDEX action_due_desc ON action (due_desc, record, public_from) WHERE listed;
CREATE INDEX action_body_reference ON action (body, reference, record, public_from) WHERE listed;
CREATE INDEX action_body_due_asc ON action (body, due_asc, record, public_from) WHERE listed;
CREATE INDEX action_body_due_desc ON action (body, due_desc, record, public_from) WHERE listed;
CREATE INDEX action_objective_reference ON action (objective, reference, record, public_from) WHERE listed;
CREATE INDEX action_objective_due_asc ON action (objective, due_asc, record, public_from) WHERE listed;
CREATE INDEX action_objective_due_desc ON action (objective, due_desc, record, public_from) WHERE listed;
CREATE INDEX action_verb_reference ON action (verb, reference, record, public_from) WHERE listed;
CREATE INDEX action_verb_due_asc ON action (verb, due_asc, record, public_from) WHERE listed;
CREATE INDEX action_verb_due_desc ON action (verb, due_desc, record, public_from) WHERE listed;
CREATE INDEX action_status_reference ON action (status, reference, record, public_from) WHERE listed;
CREATE INDEX action_status_due_asc ON action (status, due_asc, record, public_from) WHERE listed;
CREATE INDEX action_status_due_desc ON action (status, due_desc, record, public_from) WHERE listed;
CREATE INDEX action_assigned_organisation_reference ON action (assigned_organisation, reference, record, public_from) WHERE listed;
CREATE INDEX action_assigned_organisation_due_asc ON action (assigned_organisation, due_asc, record, public_from) WHERE listed;
CREATE INDEX action_assigned_organisation_due_desc ON action (assigned_organisation, due_desc, record, public_from) WHERE listed;
