DROP TABLE counter_assessment;
