DROP TABLE priority;
