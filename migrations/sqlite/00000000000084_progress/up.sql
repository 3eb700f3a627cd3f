CREATE TABLE progress (
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
    recommendation BLOB REFERENCES record (id),
    report BLOB REFERENCES record (id),
    by_organisation BLOB NOT NULL REFERENCES record (id),
    status TEXT NOT NULL,
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
) STRICT, WITHOUT ROWID;
-- Each filter with each sort key, so that a page is read in its order and not sorted.
CREATE INDEX progress_reference ON progress (reference, record, public_from) WHERE listed;
CREATE INDEX progress_body_reference ON progress (body, reference, record, public_from) WHERE listed;
CREATE INDEX progress_recommendation_reference ON progress (recommendation, reference, record, public_from) WHERE listed;
CREATE INDEX progress_report_reference ON progress (report, reference, record, public_from) WHERE listed;
CREATE INDEX progress_by_organisation_reference ON progress (by_organisation, reference, record, public_from) WHERE listed;
CREATE INDEX progress_status_reference ON progress (status, reference, record, public_from) WHERE listed;
