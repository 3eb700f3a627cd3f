DROP INDEX record_version_returned;
