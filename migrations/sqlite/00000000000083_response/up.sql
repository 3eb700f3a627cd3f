CREATE TABLE response (
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
    report BLOB REFERENCES record (id),
    responded_on TEXT NOT NULL,
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
) STRICT, WITHOUT ROWID;
-- Each filter with each sort key, so that a page is read in its order and not sorted.
CREATE INDEX response_reference ON response (reference, record, public_from) WHERE listed;
CREATE INDEX response_responded_on ON response (responded_on, record, public_from) WHERE listed;
CREATE INDEX response_body_reference ON response (body, reference, record, public_from) WHERE listed;
CREATE INDEX response_body_responded_on ON response (body, responded_on, record, public_from) WHERE listed;
CREATE INDEX response_report_reference ON response (report, reference, record, public_from) WHERE listed;
CREATE INDEX response_report_responded_on ON response (report, responded_on, record, public_from) WHERE listed;
