DROP TABLE threat;
