DROP INDEX change_record;
DROP INDEX change_at;
DROP INDEX change_kind;
