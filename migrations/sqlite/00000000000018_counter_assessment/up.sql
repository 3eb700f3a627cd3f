CREATE TABLE counter_assessment (
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
CREATE INDEX counter_assessment_reference ON counter_assessment (reference, record, public_from) WHERE listed;
CREATE INDEX counter_assessment_assessed_on ON counter_assessment (assessed_on, record, public_from) WHERE listed;
CREATE INDEX counter_assessment_body_reference ON counter_assessment (body, reference, record, public_from) WHERE listed;
CREATE INDEX counter_assessment_body_assessed_on ON counter_assessment (body, assessed_on, record, public_from) WHERE listed;
CREATE INDEX counter_assessment_pledge_reference ON counter_assessment (pledge, reference, record, public_from) WHERE listed;
CREATE INDEX counter_assessment_pledge_assessed_on ON counter_assessment (pledge, assessed_on, record, public_from) WHERE listed;
CREATE INDEX counter_assessment_rating_reference ON counter_assessment (rating, reference, record, public_from) WHERE listed;
CREATE INDEX counter_assessment_rating_assessed_on ON counter_assessment (rating, assessed_on, record, public_from) WHERE listed;
