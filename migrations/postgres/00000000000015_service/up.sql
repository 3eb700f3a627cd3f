CREATE TABLE service (
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
    delivery_status text COLLATE "C" NOT NULL,
    count_unit text COLLATE "C",
    from_date date,
    from_asc date NOT NULL,
    from_desc date NOT NULL,
    value bigint,
    value_asc bigint NOT NULL,
    value_desc bigint NOT NULL,
    value_stage text COLLATE "C",
    fund uuid REFERENCES record (id),
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
);
-- Each filter with each sort key, so that a page is read in its order and not sorted.
CREATE INDEX service_reference ON service (reference, record, public_from) WHERE listed;
CREATE INDEX service_title ON service (title, record, public_from) WHERE listed;
CREATE INDEX service_from_asc ON service (from_asc, record, public_from) WHERE listed;
CREATE INDEX service_from_desc ON service (from_desc, record, public_from) WHERE listed;
CREATE INDEX service_value_asc ON service (value_asc, record, public_from) WHERE listed;
CREATE INDEX service_value_desc ON service (value_desc, record, public_from) WHERE listed;
CREATE INDEX service_body_reference ON service (body, reference, record, public_from) WHERE listed;
CREATE INDEX service_body_title ON service (body, title, record, public_from) WHERE listed;
CREATE INDEX service_body_from_asc ON service (body, from_asc, record, public_from) WHERE listed;
CREATE INDEX service_body_from_desc ON service (body, from_desc, record, public_from) WHERE listed;
CREATE INDEX service_body_value_asc ON service (body, value_asc, record, public_from) WHERE listed;
CREATE INDEX service_body_value_desc ON service (body, value_desc, record, public_from) WHERE listed;
CREATE INDEX service_delivery_status_reference ON service (delivery_status, reference, record, public_from) WHERE listed;
CREATE INDEX service_delivery_status_title ON service (delivery_status, title, record, public_from) WHERE listed;
CREATE INDEX service_delivery_status_from_asc ON service (delivery_status, from_asc, record, public_from) WHERE listed;
CREATE INDEX service_delivery_status_from_desc ON service (delivery_status, from_desc, record, public_from) WHERE listed;
CREATE INDEX service_delivery_status_value_asc ON service (delivery_status, value_asc, record, public_from) WHERE listed;
CREATE INDEX service_delivery_status_value_desc ON service (delivery_status, value_desc, record, public_from) WHERE listed;
CREATE INDEX service_count_unit_reference ON service (count_unit, reference, record, public_from) WHERE listed;
CREATE INDEX service_count_unit_title ON service (count_unit, title, record, public_from) WHERE listed;
CREATE INDEX service_count_unit_from_asc ON service (count_unit, from_asc, record, public_from) WHERE listed;
CREATE INDEX service_count_unit_from_desc ON service (count_unit, from_desc, record, public_from) WHERE listed;
CREATE INDEX service_count_unit_value_asc ON service (count_unit, value_asc, record, public_from) WHERE listed;
CREATE INDEX service_count_unit_value_desc ON service (count_unit, value_desc, record, public_from) WHERE listed;
CREATE INDEX service_value_stage_reference ON service (value_stage, reference, record, public_from) WHERE listed;
CREATE INDEX service_value_stage_title ON service (value_stage, title, record, public_from) WHERE listed;
CREATE INDEX service_value_stage_from_asc ON service (value_stage, from_asc, record, public_from) WHERE listed;
CREATE INDEX service_value_stage_from_desc ON service (value_stage, from_desc, record, public_from) WHERE listed;
CREATE INDEX service_value_stage_value_asc ON service (value_stage, value_asc, record, public_from) WHERE listed;
CREATE INDEX service_value_stage_value_desc ON service (value_stage, value_desc, record, public_from) WHERE listed;
CREATE INDEX service_fund_reference ON service (fund, reference, record, public_from) WHERE listed;
CREATE INDEX service_fund_title ON service (fund, title, record, public_from) WHERE listed;
CREATE INDEX service_fund_from_asc ON service (fund, from_asc, record, public_from) WHERE listed;
CREATE INDEX service_fund_from_desc ON service (fund, from_desc, record, public_from) WHERE listed;
CREATE INDEX service_fund_value_asc ON service (fund, value_asc, record, public_from) WHERE listed;
CREATE INDEX service_fund_value_desc ON service (fund, value_desc, record, public_from) WHERE listed;
