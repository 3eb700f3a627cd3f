CREATE TABLE assessment (
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
CREATE INDEX assessment_reference ON assessment (reference, record, public_from) WHERE listed;
CREATE INDEX assessment_assessed_on ON assessment (assessed_on, record, public_from) WHERE listed;
CREATE INDEX assessment_body_reference ON assessment (body, reference, record, public_from) WHERE listed;
CREATE INDEX assessment_body_assessed_on ON assessment (body, assessed_on, record, public_from) WHERE listed;
CREATE INDEX assessment_pledge_reference ON assessment (pledge, reference, record, public_from) WHERE listed;
CREATE INDEX assessment_pledge_assessed_on ON assessment (pledge, assessed_on, record, public_from) WHERE listed;
CREATE INDEX assessment_rating_reference ON assessment (rating, reference, record, public_from) WHERE listed;
CREATE INDEX assessment_rating_assessed_on ON assessment (rating, assessed_on, record, public_from) WHERE listed;
