DROP INDEX record_version_handed_in;
