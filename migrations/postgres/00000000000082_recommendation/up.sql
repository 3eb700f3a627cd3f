CREATE TABLE recommendation (
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
    report uuid NOT NULL REFERENCES record (id),
    made_by uuid NOT NULL REFERENCES record (id),
    rec_kind text COLLATE "C" NOT NULL,
    made_on date,
    respond_by date,
    act_by date,
    act_by_asc date NOT NULL,
    act_by_desc date NOT NULL,
    closing text COLLATE "C" NOT NULL,
    closed_on date,
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
);
-- Each filter with each sort key, so that a page is read in its order and not sorted.
CREATE INDEX recommendation_reference ON recommendation (reference, record, public_from) WHERE listed;
CREATE INDEX recommendation_act_by_asc ON recommendation (act_by_asc, record, public_from) WHERE listed;
CREATE INDEX recommendation_act_by_desc ON recommendation (act_by_desc, record, public_from) WHERE listed;
CREATE INDEX recommendation_body_reference ON recommendation (body, reference, record, public_from) WHERE listed;
CREATE INDEX recommendation_body_act_by_asc ON recommendation (body, act_by_asc, record, public_from) WHERE listed;
CREATE INDEX recommendation_body_act_by_desc ON recommendation (body, act_by_desc, record, public_from) WHERE listed;
CREATE INDEX recommendation_report_reference ON recommendation (report, reference, record, public_from) WHERE listed;
CREATE INDEX recommendation_report_act_by_asc ON recommendation (report, act_by_asc, record, public_from) WHERE listed;
CREATE INDEX recommendation_report_act_by_desc ON recommendation (report, act_by_desc, record, public_from) WHERE listed;
CREATE INDEX recommendation_made_by_reference ON recommendation (made_by, reference, record, public_from) WHERE listed;
CREATE INDEX recommendation_made_by_act_by_asc ON recommendation (made_by, act_by_asc, record, public_from) WHERE listed;
CREATE INDEX recommendation_made_by_act_by_desc ON recommendation (made_by, act_by_desc, record, public_from) WHERE listed;
CREATE INDEX recommendation_rec_kind_reference ON recommendation (rec_kind, reference, record, public_from) WHERE listed;
CREATE INDEX recommendation_rec_kind_act_by_asc ON recommendation (rec_kind, act_by_asc, record, public_from) WHERE listed;
CREATE INDEX recommendation_rec_kind_act_by_desc ON recommendation (rec_kind, act_by_desc, record, public_from) WHERE listed;
CREATE INDEX recommendation_closing_reference ON recommendation (closing, reference, record, public_from) WHERE listed;
CREATE INDEX recommendation_closing_act_by_asc ON recommendation (closing, act_by_asc, record, public_from) WHERE listed;
CREATE INDEX recommendation_closing_act_by_desc ON recommendation (closing, act_by_desc, record, public_from) WHERE listed;
CREATE INDEX recommendation_respond_by ON recommendation (respond_by, record, public_from) WHERE listed;
CREATE INDEX recommendation_closed_on ON recommendation (closed_on, record, public_from) WHERE listed;
