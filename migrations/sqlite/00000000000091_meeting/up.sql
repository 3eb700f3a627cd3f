CREATE TABLE meeting (
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
    series TEXT NOT NULL,
    title TEXT NOT NULL,
    held_on TEXT,
    held_on_asc TEXT NOT NULL,
    held_on_desc TEXT NOT NULL,
    status TEXT NOT NULL,
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
) STRICT, WITHOUT ROWID;
-- Each filter with each sort key, so that a page is read in its order and not sorted.
CREATE INDEX meeting_reference ON meeting (reference, record, public_from) WHERE listed;
CREATE INDEX meeting_title ON meeting (title, record, public_from) WHERE listed;
CREATE INDEX meeting_held_on_asc ON meeting (held_on_asc, record, public_from) WHERE listed;
CREATE INDEX meeting_held_on_desc ON meeting (held_on_desc, record, public_from) WHERE listed;
CREATE INDEX meeting_body_reference ON meeting (body, reference, record, public_from) WHERE listed;
CREATE INDEX meeting_body_title ON meeting (body, title, record, public_from) WHERE listed;
CREATE INDEX meeting_body_held_on_asc ON meeting (body, held_on_asc, record, public_from) WHERE listed;
CREATE INDEX meeting_body_held_on_desc ON meeting (body, held_on_desc, record, public_from) WHERE listed;
CREATE INDEX meeting_series_reference ON meeting (series, reference, record, public_from) WHERE listed;
CREATE INDEX meeting_series_title ON meeting (series, title, record, public_from) WHERE listed;
CREATE INDEX meeting_series_held_on_asc ON meeting (series, held_on_asc, record, public_from) WHERE listed;
CREATE INDEX meeting_series_held_on_desc ON meeting (series, held_on_desc, record, public_from) WHERE listed;
CREATE INDEX meeting_status_reference ON meeting (status, reference, record, public_from) WHERE listed;
CREATE INDEX meeting_status_title ON meeting (status, title, record, public_from) WHERE listed;
CREATE INDEX meeting_status_held_on_asc ON meeting (status, held_on_asc, record, public_from) WHERE listed;
CREATE INDEX meeting_status_held_on_desc ON meeting (status, held_on_desc, record, public_from) WHERE listed;
