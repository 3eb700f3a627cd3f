DROP TABLE observation;
DROP TABLE staged;
DROP TABLE release_figures;
DROP TABLE series;
DROP TABLE measure;
