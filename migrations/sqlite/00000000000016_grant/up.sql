CREATE TABLE grant (
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
