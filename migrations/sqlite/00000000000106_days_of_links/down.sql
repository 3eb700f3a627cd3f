DROP INDEX recommendation_without_day;
DROP INDEX recommendation_body_due_act_by;
DROP INDEX recommendation_body_due_respond_by;
DROP INDEX recommendation_due_act_by;
DROP INDEX recommendation_due_respond_by;
DROP INDEX link_day;
ALTER TABLE link DROP COLUMN day;
