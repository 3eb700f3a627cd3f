CREATE TABLE area (
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
    name text COLLATE "C" NOT NULL,
    area_kind text COLLATE "C" NOT NULL,
    ons_code text COLLATE "C",
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
);
-- Each filter with each sort key, so that a page is read in its order and not sorted.
CREATE INDEX area_reference ON area (reference, record, public_from) WHERE listed;
CREATE INDEX area_name ON area (name, record, public_from) WHERE listed;
CREATE INDEX area_area_kind_reference ON area (area_kind, reference, record, public_from) WHERE listed;
CREATE INDEX area_area_kind_name ON area (area_kind, name, record, public_from) WHERE listed;
CREATE INDEX area_ons_code_reference ON area (ons_code, reference, record, public_from) WHERE listed;
CREATE INDEX area_ons_code_name ON area (ons_code, name, record, public_from) WHERE listed;
