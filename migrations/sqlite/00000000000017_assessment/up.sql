CREATE TABLE assessment (
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
    pledge BLOB NOT NULL REFERENCES record (id),
    assessed_on TEXT NOT NULL,
    rating TEXT NOT NULL,
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
) STRICT, WITHOUT ROWID;
-- Each filter with each sort key, so that a page is read in its order and not sorted.
CREATE INDEX assessment_reference ON assessment (reference, record, public_from) WHERE listed;
CREATE INDEX assessment_assessed_on ON assessment (assessed_on, record, public_from) WHERE listed;
CREATE INDEX assessment_body_reference ON assessment (body, reference, record, public_from) WHERE listed;
CREATE INDEX assessment_body_assessed_on ON assessment (body, assessed_on, record, public_from) WHERE listed;
CREATE INDEX assessment_pledge_reference ON assessment (pledge, reference, record, public_from) WHERE listed;
CREATE INDEX assessment_pledge_assessed_on ON assessment (pledge, assessed_on, record, public_from) WHERE listed;
CREATE INDEX assessment_rating_reference ON assessment (rating, reference, record, public_from) WHERE listed;
CREATE INDEX assessment_rating_assessed_on ON assessment (rating, assessed_on, record, public_from) WHERE listed;
