CREATE TABLE progress (
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
    recommendation uuid REFERENCES record (id),
    report uuid REFERENCES record (id),
    by_organisation uuid NOT NULL REFERENCES record (id),
    status text COLLATE "C" NOT NULL,
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
);
-- Each filter with each sort key, so that a page is read in its order and not sorted.
CREATE INDEX progress_reference ON progress (reference, record, public_from) WHERE listed;
CREATE INDEX progress_body_reference ON progress (body, reference, record, public_from) WHERE listed;
CREATE INDEX progress_recommendation_reference ON progress (recommendation, reference, record, public_from) WHERE listed;
CREATE INDEX progress_report_reference ON progress (report, reference, record, public_from) WHERE listed;
CREATE INDEX progress_by_organisation_reference ON progress (by_organisation, reference, record, public_from) WHERE listed;
CREATE INDEX progress_status_reference ON progress (status, reference, record, public_from) WHERE listed;
