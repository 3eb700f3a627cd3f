CREATE TABLE verification (
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
    progress uuid NOT NULL REFERENCES record (id),
    verified_by uuid NOT NULL REFERENCES record (id),
    on_day date NOT NULL,
    finding text COLLATE "C" NOT NULL,
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
);
-- Each filter with each sort key, so that a page is read in its order and not sorted.
CREATE INDEX verification_reference ON verification (reference, record, public_from) WHERE listed;
CREATE INDEX verification_on_day ON verification (on_day, record, public_from) WHERE listed;
CREATE INDEX verification_body_reference ON verification (body, reference, record, public_from) WHERE listed;
CREATE INDEX verification_body_on_day ON verification (body, on_day, record, public_from) WHERE listed;
CREATE INDEX verification_progress_reference ON verification (progress, reference, record, public_from) WHERE listed;
CREATE INDEX verification_progress_on_day ON verification (progress, on_day, record, public_from) WHERE listed;
CREATE INDEX verification_verified_by_reference ON verification (verified_by, reference, record, public_from) WHERE listed;
CREATE INDEX verification_verified_by_on_day ON verification (verified_by, on_day, record, public_from) WHERE listed;
CREATE INDEX verification_finding_reference ON verification (finding, reference, record, public_from) WHERE listed;
CREATE INDEX verification_finding_on_day ON verification (finding, on_day, record, public_from) WHERE listed;
