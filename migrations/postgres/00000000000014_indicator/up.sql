CREATE TABLE indicator (
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
    slug text COLLATE "C" NOT NULL,
    title text COLLATE "C" NOT NULL,
    unit text COLLATE "C" NOT NULL,
    polarity text COLLATE "C" NOT NULL,
    frequency text COLLATE "C" NOT NULL,
    disclosure_profile text COLLATE "C" NOT NULL,
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
);
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
