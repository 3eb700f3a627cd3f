CREATE TABLE indicator (
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
    slug TEXT NOT NULL,
    title TEXT NOT NULL,
    unit TEXT NOT NULL,
    polarity TEXT NOT NULL,
    frequency TEXT NOT NULL,
    disclosure_profile TEXT NOT NULL,
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
) STRICT, WITHOUT ROWID;
-- Each filter with each sort key, so that a page is read in its order and not sorted.
CREATE INDEX indicator_reference ON indicator (reference, record, public_from) WHERE listed;
CREATE INDEX indicator_slug ON indicator (slug, record, public_from) WHERE listed;
CREATE INDEX indicator_title ON indicator (title, record, public_from) WHERE listed;
CREATE INDEX indicator_body_reference ON indicator (body, reference, record, public_from) WHERE listed;
CREATE INDEX indicator_body_slug ON indicator (body, slug, record, public_from) WHERE listed;
CREATE INDEX indicator_body_title ON indicator (body, title, record, public_from) WHERE listed;
CREATE INDEX indicator_slug_reference ON indicator (slug, reference, record, public_from) WHERE listed;
CREATE INDEX indicator_slug_title ON indicator (slug, title, record, public_from) WHERE listed;
CREATE INDEX indicator_unit_reference ON indicator (unit, reference, record, public_from) WHERE listed;
CREATE INDEX indicator_unit_slug ON indicator (unit, slug, record, public_from) WHERE listed;
CREATE INDEX indicator_unit_title ON indicator (unit, title, record, public_from) WHERE listed;
CREATE INDEX indicator_polarity_reference ON indicator (polarity, reference, record, public_from) WHERE listed;
CREATE INDEX indicator_polarity_slug ON indicator (polarity, slug, record, public_from) WHERE listed;
CREATE INDEX indicator_polarity_title ON indicator (polarity, title, record, public_from) WHERE listed;
CREATE INDEX indicator_frequency_reference ON indicator (frequency, reference, record, public_from) WHERE listed;
CREATE INDEX indicator_frequency_slug ON indicator (frequency, slug, record, public_from) WHERE listed;
CREATE INDEX indicator_frequency_title ON indicator (frequency, title, record, public_from) WHERE listed;
CREATE INDEX indicator_disclosure_profile_reference ON indicator (disclosure_profile, reference, record, public_from) WHERE listed;
CREATE INDEX indicator_disclosure_profile_slug ON indicator (disclosure_profile, slug, record, public_from) WHERE listed;
CREATE INDEX indicator_disclosure_profile_title ON indicator (disclosure_profile, title, record, public_from) WHERE listed;
-- A slug names one indicator in the whole deployment.
CREATE UNIQUE INDEX indicator_slug_of_heads ON indicator (slug) WHERE is_head;
