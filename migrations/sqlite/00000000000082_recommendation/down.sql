DROP TABLE recommendation;
