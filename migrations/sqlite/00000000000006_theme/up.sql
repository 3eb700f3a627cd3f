CREATE TABLE theme (
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
    title TEXT NOT NULL,
    theme_kind TEXT NOT NULL,
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
) STRICT, WITHOUT ROWID;
-- Each filter with each sort key, so that a page is read in its order and not sorted.
CREATE INDEX theme_reference ON theme (reference, record, public_from) WHERE listed;
CREATE INDEX theme_title ON theme (title, record, public_from) WHERE listed;
CREATE INDEX theme_theme_kind_reference ON theme (theme_kind, reference, record, public_from) WHERE listed;
CREATE INDEX theme_theme_kind_title ON theme (theme_kind, title, record, public_from) WHERE listed;
