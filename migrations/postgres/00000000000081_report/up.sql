CREATE TABLE report (
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
    report_kind text COLLATE "C" NOT NULL,
    made_by uuid NOT NULL REFERENCES record (id),
    national boolean NOT NULL,
    published_on date,
    published_on_asc date NOT NULL,
    published_on_desc date NOT NULL,
    duty text COLLATE "C" NOT NULL,
    follows uuid REFERENCES record (id),
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
);
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
