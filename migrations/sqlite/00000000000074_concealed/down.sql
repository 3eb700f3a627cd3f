ALTER TABLE release_figures DROP COLUMN profile;
DROP TABLE concealed;
