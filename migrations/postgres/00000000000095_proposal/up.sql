CREATE TABLE proposal (
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
    proposal_kind text COLLATE "C" NOT NULL,
    title text COLLATE "C" NOT NULL,
    notified_on date NOT NULL,
    revises uuid REFERENCES record (id),
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
);
-- Each filter with each sort key, so that a page is read in its order and not sorted.
CREATE INDEX proposal_reference ON proposal (reference, record, public_from) WHERE listed;
CREATE INDEX proposal_title ON proposal (title, record, public_from) WHERE listed;
CREATE INDEX proposal_notified_on ON proposal (notified_on, record, public_from) WHERE listed;
CREATE INDEX proposal_body_reference ON proposal (body, reference, record, public_from) WHERE listed;
CREATE INDEX proposal_body_title ON proposal (body, title, record, public_from) WHERE listed;
CREATE INDEX proposal_body_notified_on ON proposal (body, notified_on, record, public_from) WHERE listed;
CREATE INDEX proposal_proposal_kind_reference ON proposal (proposal_kind, reference, record, public_from) WHERE listed;
CREATE INDEX proposal_proposal_kind_title ON proposal (proposal_kind, title, record, public_from) WHERE listed;
CREATE INDEX proposal_proposal_kind_notified_on ON proposal (proposal_kind, notified_on, record, public_from) WHERE listed;
CREATE INDEX proposal_revises_reference ON proposal (revises, reference, record, public_from) WHERE listed;
CREATE INDEX proposal_revises_title ON proposal (revises, title, record, public_from) WHERE listed;
CREATE INDEX proposal_revises_notified_on ON proposal (revises, notified_on, record, public_from) WHERE listed;
