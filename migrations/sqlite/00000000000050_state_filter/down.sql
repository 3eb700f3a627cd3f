DROP INDEX record_version_working;
