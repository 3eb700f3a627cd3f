DROP TABLE audit_key;
DROP TABLE audit_head;
DROP TABLE audit_node;
DROP TABLE audit;
DROP FUNCTION audit_hardly_changes;
DROP FUNCTION audit_append_only;
