CREATE TABLE action (
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
    objective uuid NOT NULL REFERENCES record (id),
    number bigint NOT NULL,
    verb text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL,
    assigned_organisation uuid REFERENCES record (id),
    due date,
    due_asc date NOT NULL,
    due_desc date NOT NULL,
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
);
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
