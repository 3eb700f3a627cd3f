DROP TABLE assessment;
