CREATE TABLE counter_assessment (
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
    pledge uuid NOT NULL REFERENCES record (id),
    assessed_on date NOT NULL,
    rating text COLLATE "C" NOT NULL,
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
);
-- Each filter with each sort key, so that a page is read in its order and not sorted.
CREATE INDEX counter_assessment_reference ON counter_assessment (reference, record, public_from) WHERE listed;
CREATE INDEX counter_assessment_assessed_on ON counter_assessment (assessed_on, record, public_from) WHERE listed;
CREATE INDEX counter_assessment_body_reference ON counter_assessment (body, reference, record, public_from) WHERE listed;
CREATE INDEX counter_assessment_body_assessed_on ON counter_assessment (body, assessed_on, record, public_from) WHERE listed;
CREATE INDEX counter_assessment_pledge_reference ON counter_assessment (pledge, reference, record, public_from) WHERE listed;
CREATE INDEX counter_assessment_pledge_assessed_on ON counter_assessment (pledge, assessed_on, record, public_from) WHERE listed;
CREATE INDEX counter_assessment_rating_reference ON counter_assessment (rating, reference, record, public_from) WHERE listed;
CREATE INDEX counter_assessment_rating_assessed_on ON counter_assessment (rating, assessed_on, record, public_from) WHERE listed;
