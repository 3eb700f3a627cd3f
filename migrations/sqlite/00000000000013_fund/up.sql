CREATE TABLE fund (
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
    direction TEXT NOT NULL,
    stage TEXT NOT NULL,
    financial_year TEXT,
    financial_year_asc TEXT NOT NULL,
    financial_year_desc TEXT NOT NULL,
    amount INTEGER,
    amount_asc INTEGER NOT NULL,
    amount_desc INTEGER NOT NULL,
    giver BLOB REFERENCES record (id),
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
) STRICT, WITHOUT ROWID;
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
