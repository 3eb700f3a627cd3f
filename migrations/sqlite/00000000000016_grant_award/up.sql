CREATE TABLE grant_award (
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
    identifier TEXT NOT NULL,
    award_date TEXT NOT NULL,
    amount_awarded INTEGER NOT NULL,
    recipient BLOB REFERENCES record (id),
    fund BLOB REFERENCES record (id),
    status TEXT NOT NULL,
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
) STRICT, WITHOUT ROWID;
-- Each filter with each sort key, so that a page is read in its order and not sorted.
CREATE INDEX grant_award_reference ON grant_award (reference, record, public_from) WHERE listed;
CREATE INDEX grant_award_title ON grant_award (title, record, public_from) WHERE listed;
CREATE INDEX grant_award_award_date ON grant_award (award_date, record, public_from) WHERE listed;
CREATE INDEX grant_award_amount_awarded ON grant_award (amount_awarded, record, public_from) WHERE listed;
CREATE INDEX grant_award_body_reference ON grant_award (body, reference, record, public_from) WHERE listed;
CREATE INDEX grant_award_body_title ON grant_award (body, title, record, public_from) WHERE listed;
CREATE INDEX grant_award_body_award_date ON grant_award (body, award_date, record, public_from) WHERE listed;
CREATE INDEX grant_award_body_amount_awarded ON grant_award (body, amount_awarded, record, public_from) WHERE listed;
CREATE INDEX grant_award_identifier_reference ON grant_award (identifier, reference, record, public_from) WHERE listed;
CREATE INDEX grant_award_identifier_title ON grant_award (identifier, title, record, public_from) WHERE listed;
CREATE INDEX grant_award_identifier_award_date ON grant_award (identifier, award_date, record, public_from) WHERE listed;
CREATE INDEX grant_award_identifier_amount_awarded ON grant_award (identifier, amount_awarded, record, public_from) WHERE listed;
CREATE INDEX grant_award_recipient_reference ON grant_award (recipient, reference, record, public_from) WHERE listed;
CREATE INDEX grant_award_recipient_title ON grant_award (recipient, title, record, public_from) WHERE listed;
CREATE INDEX grant_award_recipient_award_date ON grant_award (recipient, award_date, record, public_from) WHERE listed;
CREATE INDEX grant_award_recipient_amount_awarded ON grant_award (recipient, amount_awarded, record, public_from) WHERE listed;
CREATE INDEX grant_award_fund_reference ON grant_award (fund, reference, record, public_from) WHERE listed;
CREATE INDEX grant_award_fund_title ON grant_award (fund, title, record, public_from) WHERE listed;
CREATE INDEX grant_award_fund_award_date ON grant_award (fund, award_date, record, public_from) WHERE listed;
CREATE INDEX grant_award_fund_amount_awarded ON grant_award (fund, amount_awarded, record, public_from) WHERE listed;
CREATE INDEX grant_award_status_reference ON grant_award (status, reference, record, public_from) WHERE listed;
CREATE INDEX grant_award_status_title ON grant_award (status, title, record, public_from) WHERE listed;
CREATE INDEX grant_award_status_award_date ON grant_award (status, award_date, record, public_from) WHERE listed;
CREATE INDEX grant_award_status_amount_awarded ON grant_award (status, amount_awarded, record, public_from) WHERE listed;
