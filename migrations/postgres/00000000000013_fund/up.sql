CREATE TABLE fund (
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
    direction text COLLATE "C" NOT NULL,
    stage text COLLATE "C" NOT NULL,
    financial_year text COLLATE "C",
    financial_year_asc text COLLATE "C" NOT NULL,
    financial_year_desc text COLLATE "C" NOT NULL,
    amount bigint,
    amount_asc bigint NOT NULL,
    amount_desc bigint NOT NULL,
    giver uuid REFERENCES record (id),
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
);
-- Each filter with each sort key, so that a page is read in its order and not sorted.
CREATE INDEX fund_reference ON fund (reference, record, public_from) WHERE listed;
CREATE INDEX fund_title ON fund (title, record, public_from) WHERE listed;
CREATE INDEX fund_financial_year_asc ON fund (financial_year_asc, record, public_from) WHERE listed;
CREATE INDEX fund_financial_year_desc ON fund (financial_year_desc, record, public_from) WHERE listed;
CREATE INDEX fund_amount_asc ON fund (amount_asc, record, public_from) WHERE listed;
CREATE INDEX fund_amount_desc ON fund (amount_desc, record, public_from) WHERE listed;
CREATE INDEX fund_body_reference ON fund (body, reference, record, public_from) WHERE listed;
CREATE INDEX fund_body_title ON fund (body, title, record, public_from) WHERE listed;
CREATE INDEX fund_body_financial_year_asc ON fund (body, financial_year_asc, record, public_from) WHERE listed;
CREATE INDEX fund_body_financial_year_desc ON fund (body, financial_year_desc, record, public_from) WHERE listed;
CREATE INDEX fund_body_amount_asc ON fund (body, amount_asc, record, public_from) WHERE listed;
CREATE INDEX fund_body_amount_desc ON fund (body, amount_desc, record, public_from) WHERE listed;
CREATE INDEX fund_direction_reference ON fund (direction, reference, record, public_from) WHERE listed;
CREATE INDEX fund_direction_title ON fund (direction, title, record, public_from) WHERE listed;
CREATE INDEX fund_direction_financial_year_asc ON fund (direction, financial_year_asc, record, public_from) WHERE listed;
CREATE INDEX fund_direction_financial_year_desc ON fund (direction, financial_year_desc, record, public_from) WHERE listed;
CREATE INDEX fund_direction_amount_asc ON fund (direction, amount_asc, record, public_from) WHERE listed;
CREATE INDEX fund_direction_amount_desc ON fund (direction, amount_desc, record, public_from) WHERE listed;
CREATE INDEX fund_stage_reference ON fund (stage, reference, record, public_from) WHERE listed;
CREATE INDEX fund_stage_title ON fund (stage, title, record, public_from) WHERE listed;
CREATE INDEX fund_stage_financial_year_asc ON fund (stage, financial_year_asc, record, public_from) WHERE listed;
CREATE INDEX fund_stage_financial_year_desc ON fund (stage, financial_year_desc, record, public_from) WHERE listed;
CREATE INDEX fund_stage_amount_asc ON fund (stage, amount_asc, record, public_from) WHERE listed;
CREATE INDEX fund_stage_amount_desc ON fund (stage, amount_desc, record, public_from) WHERE listed;
CREATE INDEX fund_financial_year_reference ON fund (financial_year, reference, record, public_from) WHERE listed;
CREATE INDEX fund_financial_year_title ON fund (financial_year, title, record, public_from) WHERE listed;
CREATE INDEX fund_financial_year_amount_asc ON fund (financial_year, amount_asc, record, public_from) WHERE listed;
CREATE INDEX fund_financial_year_amount_desc ON fund (financial_year, amount_desc, record, public_from) WHERE listed;
CREATE INDEX fund_giver_reference ON fund (giver, reference, record, public_from) WHERE listed;
CREATE INDEX fund_giver_title ON fund (giver, title, record, public_from) WHERE listed;
CREATE INDEX fund_giver_financial_year_asc ON fund (giver, financial_year_asc, record, public_from) WHERE listed;
CREATE INDEX fund_giver_financial_year_desc ON fund (giver, financial_year_desc, record, public_from) WHERE listed;
CREATE INDEX fund_giver_amount_asc ON fund (giver, amount_asc, record, public_from) WHERE listed;
CREATE INDEX fund_giver_amount_desc ON fund (giver, amount_desc, record, public_from) WHERE listed;
