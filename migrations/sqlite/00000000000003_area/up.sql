CREATE TABLE area (
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
    name TEXT NOT NULL,
    area_kind TEXT NOT NULL,
    ons_code TEXT,
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
) STRICT, WITHOUT ROWID;
-- Each filter with each sort key, so that a page is read in its order and not sorted.
CREATE INDEX area_reference ON area (reference, record, public_from) WHERE listed;
CREATE INDEX area_name ON area (name, record, public_from) WHERE listed;
CREATE INDEX area_area_kind_reference ON area (area_kind, reference, record, public_from) WHERE listed;
CREATE INDEX area_area_kind_name ON area (area_kind, name, record, public_from) WHERE listed;
CREATE INDEX area_ons_code_reference ON area (ons_code, reference, record, public_from) WHERE listed;
CREATE INDEX area_ons_code_name ON area (ons_code, name, record, public_from) WHERE listed;
