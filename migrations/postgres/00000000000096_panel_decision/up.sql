CREATE TABLE panel_decision (
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
    on_proposal uuid REFERENCES record (id),
    on_plan uuid REFERENCES record (id),
    on_report uuid REFERENCES record (id),
    on_decision uuid REFERENCES record (id),
    decided_on date NOT NULL,
    reported_on date,
    meeting uuid REFERENCES record (id),
    outcome text COLLATE "C" NOT NULL,
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
);
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
