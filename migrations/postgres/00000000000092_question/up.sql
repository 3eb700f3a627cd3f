CREATE TABLE question (
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
    meeting uuid NOT NULL REFERENCES record (id),
    asked_by text COLLATE "C" NOT NULL,
    taken text COLLATE "C" NOT NULL,
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
);
-- Each filter with each sort key, so that a page is read in its order and not sorted.
CREATE INDEX question_reference ON question (reference, record, public_from) WHERE listed;
CREATE INDEX question_body_reference ON question (body, reference, record, public_from) WHERE listed;
CREATE INDEX question_meeting_reference ON question (meeting, reference, record, public_from) WHERE listed;
CREATE INDEX question_asked_by_reference ON question (asked_by, reference, record, public_from) WHERE listed;
CREATE INDEX question_taken_reference ON question (taken, reference, record, public_from) WHERE listed;
