CREATE TABLE question (
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
    meeting BLOB NOT NULL REFERENCES record (id),
    asked_by TEXT NOT NULL,
    taken TEXT NOT NULL,
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
) STRICT, WITHOUT ROWID;
-- Each filter with each sort key, so that a page is read in its order and not sorted.
CREATE INDEX question_reference ON question (reference, record, public_from) WHERE listed;
CREATE INDEX question_body_reference ON question (body, reference, record, public_from) WHERE listed;
CREATE INDEX question_meeting_reference ON question (meeting, reference, record, public_from) WHERE listed;
CREATE INDEX question_asked_by_reference ON question (asked_by, reference, record, public_from) WHERE listed;
CREATE INDEX question_taken_reference ON question (taken, reference, record, public_from) WHERE listed;
