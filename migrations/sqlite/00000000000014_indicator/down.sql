DROP TABLE indicator;
