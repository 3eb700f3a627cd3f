DROP TABLE objective;
