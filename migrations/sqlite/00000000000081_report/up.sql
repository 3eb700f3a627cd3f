CREATE TABLE report (
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
    report_kind TEXT NOT NULL,
    made_by BLOB NOT NULL REFERENCES record (id),
    national INTEGER NOT NULL,
    published_on TEXT,
    published_on_asc TEXT NOT NULL,
    published_on_desc TEXT NOT NULL,
    duty TEXT NOT NULL,
    follows BLOB REFERENCES record (id),
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
) STRICT, WITHOUT ROWID;
-- Each filter with each sort key, so that a page is read in its order and not sorted.
CREATE INDEX report_reference ON report (reference, record, public_from) WHERE listed;
CREATE INDEX report_title ON report (title, record, public_from) WHERE listed;
CREATE INDEX report_published_on_asc ON report (published_on_asc, record, public_from) WHERE listed;
CREATE INDEX report_published_on_desc ON report (published_on_desc, record, public_from) WHERE listed;
CREATE INDEX report_body_reference ON report (body, reference, record, public_from) WHERE listed;
CREATE INDEX report_body_title ON report (body, title, record, public_from) WHERE listed;
CREATE INDEX report_body_published_on_asc ON report (body, published_on_asc, record, public_from) WHERE listed;
CREATE INDEX report_body_published_on_desc ON report (body, published_on_desc, record, public_from) WHERE listed;
CREATE INDEX report_report_kind_reference ON report (report_kind, reference, record, public_from) WHERE listed;
CREATE INDEX report_report_kind_title ON report (report_kind, title, record, public_from) WHERE listed;
CREATE INDEX report_report_kind_published_on_asc ON report (report_kind, published_on_asc, record, public_from) WHERE listed;
CREATE INDEX report_report_kind_published_on_desc ON report (report_kind, published_on_desc, record, public_from) WHERE listed;
CREATE INDEX report_made_by_reference ON report (made_by, reference, record, public_from) WHERE listed;
CREATE INDEX report_made_by_title ON report (made_by, title, record, public_from) WHERE listed;
CREATE INDEX report_made_by_published_on_asc ON report (made_by, published_on_asc, record, public_from) WHERE listed;
CREATE INDEX report_made_by_published_on_desc ON report (made_by, published_on_desc, record, public_from) WHERE listed;
CREATE INDEX report_national_reference ON report (national, reference, record, public_from) WHERE listed;
CREATE INDEX report_national_title ON report (national, title, record, public_from) WHERE listed;
CREATE INDEX report_national_published_on_asc ON report (national, published_on_asc, record, public_from) WHERE listed;
CREATE INDEX report_national_published_on_desc ON report (national, published_on_desc, record, public_from) WHERE listed;
CREATE INDEX report_duty_reference ON report (duty, reference, record, public_from) WHERE listed;
CREATE INDEX report_duty_title ON report (duty, title, record, public_from) WHERE listed;
CREATE INDEX report_duty_published_on_asc ON report (duty, published_on_asc, record, public_from) WHERE listed;
CREATE INDEX report_duty_published_on_desc ON report (duty, published_on_desc, record, public_from) WHERE listed;
CREATE INDEX report_follows_reference ON report (follows, reference, record, public_from) WHERE listed;
CREATE INDEX report_follows_title ON report (follows, title, record, public_from) WHERE listed;
CREATE INDEX report_follows_published_on_asc ON report (follows, published_on_asc, record, public_from) WHERE listed;
CREATE INDEX report_follows_published_on_desc ON report (follows, published_on_desc, record, public_from) WHERE listed;
