DROP INDEX record_withdrawn;
DROP INDEX record_version_public;
