CREATE TABLE theme (
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
    title text COLLATE "C" NOT NULL,
    theme_kind text COLLATE "C" NOT NULL,
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
);
-- Each filter with each sort key, so that a page is read in its order and not sorted.
CREATE INDEX theme_reference ON theme (reference, record, public_from) WHERE listed;
CREATE INDEX theme_title ON theme (title, record, public_from) WHERE listed;
CREATE INDEX theme_theme_kind_reference ON theme (theme_kind, reference, record, public_from) WHERE listed;
CREATE INDEX theme_theme_kind_title ON theme (theme_kind, title, record, public_from) WHERE listed;
