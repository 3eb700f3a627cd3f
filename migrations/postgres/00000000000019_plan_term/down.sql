DROP INDEX plan_term_reference;
DROP INDEX plan_term_title;
DROP INDEX plan_term_from_date;
ALTER TABLE plan DROP COLUMN term;
