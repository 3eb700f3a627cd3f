DROP TABLE theme;
