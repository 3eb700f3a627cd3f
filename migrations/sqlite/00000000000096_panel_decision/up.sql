CREATE TABLE panel_decision (
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
    on_proposal BLOB REFERENCES record (id),
    on_plan BLOB REFERENCES record (id),
    on_report BLOB REFERENCES record (id),
    on_decision BLOB REFERENCES record (id),
    decided_on TEXT NOT NULL,
    reported_on TEXT,
    meeting BLOB REFERENCES record (id),
    outcome TEXT NOT NULL,
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
) STRICT, WITHOUT ROWID;
-- Each filter with each sort key, so that a page is read in its order and not sorted.
CREATE INDEX panel_decision_reference ON panel_decision (reference, record, public_from) WHERE listed;
CREATE INDEX panel_decision_decided_on ON panel_decision (decided_on, record, public_from) WHERE listed;
CREATE INDEX panel_decision_body_reference ON panel_decision (body, reference, record, public_from) WHERE listed;
CREATE INDEX panel_decision_body_decided_on ON panel_decision (body, decided_on, record, public_from) WHERE listed;
CREATE INDEX panel_decision_on_proposal_reference ON panel_decision (on_proposal, reference, record, public_from) WHERE listed;
CREATE INDEX panel_decision_on_proposal_decided_on ON panel_decision (on_proposal, decided_on, record, public_from) WHERE listed;
CREATE INDEX panel_decision_on_plan_reference ON panel_decision (on_plan, reference, record, public_from) WHERE listed;
CREATE INDEX panel_decision_on_plan_decided_on ON panel_decision (on_plan, decided_on, record, public_from) WHERE listed;
CREATE INDEX panel_decision_on_report_reference ON panel_decision (on_report, reference, record, public_from) WHERE listed;
CREATE INDEX panel_decision_on_report_decided_on ON panel_decision (on_report, decided_on, record, public_from) WHERE listed;
CREATE INDEX panel_decision_on_decision_reference ON panel_decision (on_decision, reference, record, public_from) WHERE listed;
CREATE INDEX panel_decision_on_decision_decided_on ON panel_decision (on_decision, decided_on, record, public_from) WHERE listed;
CREATE INDEX panel_decision_meeting_reference ON panel_decision (meeting, reference, record, public_from) WHERE listed;
CREATE INDEX panel_decision_meeting_decided_on ON panel_decision (meeting, decided_on, record, public_from) WHERE listed;
CREATE INDEX panel_decision_outcome_reference ON panel_decision (outcome, reference, record, public_from) WHERE listed;
CREATE INDEX panel_decision_outcome_decided_on ON panel_decision (outcome, decided_on, record, public_from) WHERE listed;
