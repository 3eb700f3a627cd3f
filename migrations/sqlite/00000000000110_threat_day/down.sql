CREATE TABLE threat_new (
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
    theme BLOB NOT NULL REFERENCES record (id),
    title TEXT NOT NULL,
    assessed_on TEXT NOT NULL,
    financial_year TEXT,
    rank INTEGER,
    rank_asc INTEGER NOT NULL,
    rank_desc INTEGER NOT NULL,
    level TEXT NOT NULL,
    PRIMARY KEY (record, version),
    FOREIGN KEY (record, version) REFERENCES record_version (record, version)
) STRICT, WITHOUT ROWID;
INSERT INTO threat_new (record, version, listed, is_head, head_state, body, assigned, public_from, public_to, reference, theme, title, assessed_on, financial_year, rank, rank_asc, rank_desc, level)
SELECT record, version, listed, is_head, head_state, body, assigned, public_from, public_to, reference, theme, title, coalesce(assessed_on, '0001-01-01'), financial_year, rank, rank_asc, rank_desc, level
FROM threat;
DROP TABLE threat;
ALTER TABLE threat_new RENAME TO threat;
CREATE INDEX threat_reference ON threat (reference, record, public_from) WHERE listed;
CREATE INDEX threat_title ON threat (title, record, public_from) WHERE listed;
CREATE INDEX threat_assessed_on ON threat (assessed_on, record, public_from) WHERE listed;
CREATE INDEX threat_rank_asc ON threat (rank_asc, record, public_from) WHERE listed;
CREATE INDEX threat_rank_desc ON threat (rank_desc, record, public_from) WHERE listed;
CREATE INDEX threat_body_reference ON threat (body, reference, record, public_from) WHERE listed;
CREATE INDEX threat_body_title ON threat (body, title, record, public_from) WHERE listed;
CREATE INDEX threat_body_assessed_on ON threat (body, assessed_on, record, public_from) WHERE listed;
CREATE INDEX threat_body_rank_asc ON threat (body, rank_asc, record, public_from) WHERE listed;
CREATE INDEX threat_body_rank_desc ON threat (body, rank_desc, record, public_from) WHERE listed;
CREATE INDEX threat_theme_reference ON threat (theme, reference, record, public_from) WHERE listed;
CREATE INDEX threat_theme_title ON threat (theme, title, record, public_from) WHERE listed;
CREATE INDEX threat_theme_assessed_on ON threat (theme, assessed_on, record, public_from) WHERE listed;
CREATE INDEX threat_theme_rank_asc ON threat (theme, rank_asc, record, public_from) WHERE listed;
CREATE INDEX threat_theme_rank_desc ON threat (theme, rank_desc, record, public_from) WHERE listed;
CREATE INDEX threat_financial_year_reference ON threat (financial_year, reference, record, public_from) WHERE listed;
CREATE INDEX threat_financial_year_title ON threat (financial_year, title, record, public_from) WHERE listed;
CREATE INDEX threat_financial_year_assessed_on ON threat (financial_year, assessed_on, record, public_from) WHERE listed;
CREATE INDEX threat_financial_year_rank_asc ON threat (financial_year, rank_asc, record, public_from) WHERE listed;
CREATE INDEX threat_financial_year_rank_desc ON threat (financial_year, rank_desc, record, public_from) WHERE listed;
CREATE INDEX threat_level_reference ON threat (level, reference, record, public_from) WHERE listed;
CREATE INDEX threat_level_title ON threat (level, title, record, public_from) WHERE listed;
CREATE INDEX threat_level_assessed_on ON threat (level, assessed_on, record, public_from) WHERE listed;
CREATE INDEX threat_level_rank_asc ON threat (level, rank_asc, record, public_from) WHERE listed;
CREATE INDEX threat_level_rank_desc ON threat (level, rank_desc, record, public_from) WHERE listed;
