CREATE TABLE response (
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
    report uuid REFERENCES record (id),
    responded_on date NOT NULL,
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
);
-- Each filter with each sort key, so that a page is read in its order and not sorted.
CREATE INDEX response_reference ON response (reference, record, public_from) WHERE listed;
CREATE INDEX response_responded_on ON response (responded_on, record, public_from) WHERE listed;
CREATE INDEX response_body_reference ON response (body, reference, record, public_from) WHERE listed;
CREATE INDEX response_body_responded_on ON response (body, responded_on, record, public_from) WHERE listed;
CREATE INDEX response_report_reference ON response (report, reference, record, public_from) WHERE listed;
CREATE INDEX response_report_responded_on ON response (report, responded_on, record, public_from) WHERE listed;
