DROP TABLE data_release;
