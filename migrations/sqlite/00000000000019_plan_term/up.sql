ALTER TABLE plan ADD COLUMN term BLOB REFERENCES record (id);
CREATE INDEX plan_term_reference ON plan (term, reference, record, public_from) WHERE listed;
CREATE INDEX plan_term_title ON plan (term, title, record, public_from) WHERE listed;
CREATE INDEX plan_term_from_date ON plan (term, from_date, record, public_from) WHERE listed;
