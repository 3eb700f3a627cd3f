CREATE TABLE grant (
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
    identifier text COLLATE "C" NOT NULL,
    award_date date NOT NULL,
    amount_awarded bigint NOT NULL,
    recipient uuid REFERENCES record (id),
    fund uuid REFERENCES record (id),
    status text COLLATE "C" NOT NULL,
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
);
-- Each filter with each sort key, so that a page is read in its order and not sorted.
CREATE INDEX grant_reference ON grant (reference, record, public_from) WHERE listed;
CREATE INDEX grant_title ON grant (title, record, public_from) WHERE listed;
CREATE INDEX grant_award_date ON grant (award_date, record, public_from) WHERE listed;
CREATE INDEX grant_amount_awarded ON grant (amount_awarded, record, public_from) WHERE listed;
CREATE INDEX grant_body_reference ON grant (body, reference, record, public_from) WHERE listed;
CREATE INDEX grant_body_title ON grant (body, title, record, public_from) WHERE listed;
CREATE INDEX grant_body_award_date ON grant (body, award_date, record, public_from) WHERE listed;
CREATE INDEX grant_body_amount_awarded ON grant (body, amount_awarded, record, public_from) WHERE listed;
CREATE INDEX grant_identifier_reference ON grant (identifier, reference, record, public_from) WHERE listed;
CREATE INDEX grant_identifier_title ON grant (identifier, title, record, public_from) WHERE listed;
CREATE INDEX grant_identifier_award_date ON grant (identifier, award_date, record, public_from) WHERE listed;
CREATE INDEX grant_identifier_amount_awarded ON grant (identifier, amount_awarded, record, public_from) WHERE listed;
CREATE INDEX grant_recipient_reference ON grant (recipient, reference, record, public_from) WHERE listed;
CREATE INDEX grant_recipient_title ON grant (recipient, title, record, public_from) WHERE listed;
CREATE INDEX grant_recipient_award_date ON grant (recipient, award_date, record, public_from) WHERE listed;
CREATE INDEX grant_recipient_amount_awarded ON grant (recipient, amount_awarded, record, public_from) WHERE listed;
CREATE INDEX grant_fund_reference ON grant (fund, reference, record, public_from) WHERE listed;
CREATE INDEX grant_fund_title ON grant (fund, title, record, public_from) WHERE listed;
CREATE INDEX grant_fund_award_date ON grant (fund, award_date, record, public_from) WHERE listed;
CREATE INDEX grant_fund_amount_awarded ON grant (fund, amount_awarded, record, public_from) WHERE listed;
CREATE INDEX grant_status_reference ON grant (status, reference, record, public_from) WHERE listed;
CREATE INDEX grant_status_title ON grant (status, title, record, public_from) WHERE listed;
CREATE INDEX grant_status_award_date ON grant (status, award_date, record, public_from) WHERE listed;
CREATE INDEX grant_status_amount_awarded ON grant (status, amount_awarded, record, public_from) WHERE listed;
