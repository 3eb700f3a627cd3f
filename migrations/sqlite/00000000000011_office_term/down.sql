DROP TABLE office_term;
