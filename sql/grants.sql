-- What each database user of Trasloco may do, table by table (DESIGN.md, Store).
--
-- To be run by an administrator of the server after CREATE DATABASE and CREATE USER, before or after
-- `trasloco migrate`, as often as wanted.  One statement a line, so that another database
-- name can be put in by: sed 's/ON trasloco\./ON other./'
--
-- A table that does not exist yet takes only a grant that includes CREATE; so each line for web and jobs has it, and
-- the last ones take it away again: neither of them can create anything.

-- trasloco: the schema, accounts and admins.
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, REFERENCES ON trasloco.* TO 'trasloco_migrate'@'localhost';

-- trasloco-web: sessions, requests, and what its pages show.  It reads comments, for sites that download them, and writes neither comment nor page.
GRANT CREATE, SELECT ON trasloco.schema_version TO 'trasloco_web'@'localhost';
GRANT CREATE, SELECT ON trasloco.account TO 'trasloco_web'@'localhost';
GRANT CREATE, SELECT ON trasloco.admin TO 'trasloco_web'@'localhost';
GRANT CREATE, SELECT, INSERT, UPDATE ON trasloco.admin_choice TO 'trasloco_web'@'localhost';
GRANT CREATE, SELECT, INSERT, DELETE ON trasloco.session TO 'trasloco_web'@'localhost';
GRANT CREATE, SELECT, INSERT, UPDATE ON trasloco.job TO 'trasloco_web'@'localhost';
GRANT CREATE, SELECT, INSERT, DELETE ON trasloco.spool_file TO 'trasloco_web'@'localhost';
GRANT CREATE, SELECT ON trasloco.job_issue TO 'trasloco_web'@'localhost';
GRANT CREATE, SELECT ON trasloco.job_page TO 'trasloco_web'@'localhost';
GRANT CREATE, SELECT ON trasloco.job_note TO 'trasloco_web'@'localhost';
GRANT CREATE, SELECT ON trasloco.page TO 'trasloco_web'@'localhost';
GRANT CREATE, SELECT, INSERT, UPDATE, DELETE ON trasloco.webhook TO 'trasloco_web'@'localhost';
GRANT CREATE, SELECT, INSERT ON trasloco.outbox TO 'trasloco_web'@'localhost';
GRANT CREATE, SELECT ON trasloco.outbox_attempt TO 'trasloco_web'@'localhost';
GRANT CREATE, SELECT, INSERT ON trasloco.audit TO 'trasloco_web'@'localhost';
GRANT CREATE, SELECT, INSERT, UPDATE, DELETE ON trasloco.integration TO 'trasloco_web'@'localhost';
GRANT CREATE, SELECT, INSERT ON trasloco.integration_page TO 'trasloco_web'@'localhost';
GRANT CREATE, SELECT, INSERT, DELETE ON trasloco.integration_download TO 'trasloco_web'@'localhost';
GRANT CREATE, SELECT, INSERT, UPDATE ON trasloco.comment_alias TO 'trasloco_web'@'localhost';
GRANT CREATE, SELECT, INSERT, UPDATE, DELETE ON trasloco.batch TO 'trasloco_web'@'localhost';
GRANT CREATE, SELECT ON trasloco.comment TO 'trasloco_web'@'localhost';
GRANT CREATE, SELECT, INSERT ON trasloco.move_pair TO 'trasloco_web'@'localhost';
GRANT CREATE, INSERT ON trasloco.copy_order TO 'trasloco_web'@'localhost';
GRANT CREATE, SELECT ON trasloco.move_result TO 'trasloco_web'@'localhost';
GRANT CREATE, SELECT ON trasloco.move_example TO 'trasloco_web'@'localhost';
-- tokens of programs
GRANT CREATE, SELECT, INSERT, UPDATE ON trasloco.api_token TO 'trasloco_web'@'localhost';

-- trasloco-jobs: comments, pages, the course of jobs, and the messages about them.  It sees no admin or session, and
-- deletes no comment.
GRANT CREATE, SELECT ON trasloco.schema_version TO 'trasloco_jobs'@'localhost';
GRANT CREATE, SELECT ON trasloco.account TO 'trasloco_jobs'@'localhost';
GRANT CREATE, SELECT, UPDATE ON trasloco.job TO 'trasloco_jobs'@'localhost';
GRANT CREATE, SELECT, INSERT, DELETE ON trasloco.spool_file TO 'trasloco_jobs'@'localhost';
GRANT CREATE, SELECT, INSERT, UPDATE ON trasloco.job_issue TO 'trasloco_jobs'@'localhost';
GRANT CREATE, SELECT, INSERT, UPDATE ON trasloco.job_page TO 'trasloco_jobs'@'localhost';
GRANT CREATE, SELECT ON trasloco.job_note TO 'trasloco_jobs'@'localhost';
GRANT CREATE, SELECT, INSERT, UPDATE ON trasloco.page TO 'trasloco_jobs'@'localhost';
GRANT CREATE, SELECT, INSERT, UPDATE ON trasloco.comment TO 'trasloco_jobs'@'localhost';
GRANT CREATE, SELECT, INSERT, UPDATE, DELETE ON trasloco.comment_waiting TO 'trasloco_jobs'@'localhost';
GRANT CREATE, SELECT ON trasloco.webhook TO 'trasloco_jobs'@'localhost';
GRANT CREATE, SELECT, INSERT, UPDATE ON trasloco.outbox TO 'trasloco_jobs'@'localhost';
GRANT CREATE, INSERT ON trasloco.outbox_attempt TO 'trasloco_jobs'@'localhost';
GRANT CREATE, INSERT ON trasloco.audit TO 'trasloco_jobs'@'localhost';
GRANT CREATE, SELECT, UPDATE, DELETE ON trasloco.integration TO 'trasloco_jobs'@'localhost';
GRANT CREATE, SELECT, INSERT, UPDATE ON trasloco.integration_page TO 'trasloco_jobs'@'localhost';
GRANT CREATE, SELECT ON trasloco.integration_download TO 'trasloco_jobs'@'localhost';
GRANT CREATE, SELECT, INSERT ON trasloco.comment_alias TO 'trasloco_jobs'@'localhost';
GRANT CREATE, SELECT, UPDATE, DELETE ON trasloco.batch TO 'trasloco_jobs'@'localhost';
GRANT CREATE, SELECT ON trasloco.copy_order TO 'trasloco_jobs'@'localhost';
GRANT CREATE, SELECT ON trasloco.move_pair TO 'trasloco_jobs'@'localhost';
GRANT CREATE, SELECT, INSERT, UPDATE, DELETE ON trasloco.move_page TO 'trasloco_jobs'@'localhost';
GRANT CREATE, SELECT, INSERT ON trasloco.move_result TO 'trasloco_jobs'@'localhost';
GRANT CREATE, SELECT, INSERT ON trasloco.move_example TO 'trasloco_jobs'@'localhost';

REVOKE CREATE ON trasloco.schema_version FROM 'trasloco_web'@'localhost';
REVOKE CREATE ON trasloco.account FROM 'trasloco_web'@'localhost';
REVOKE CREATE ON trasloco.admin FROM 'trasloco_web'@'localhost';
REVOKE CREATE ON trasloco.admin_choice FROM 'trasloco_web'@'localhost';
REVOKE CREATE ON trasloco.session FROM 'trasloco_web'@'localhost';
REVOKE CREATE ON trasloco.job FROM 'trasloco_web'@'localhost';
REVOKE CREATE ON trasloco.spool_file FROM 'trasloco_web'@'localhost';
REVOKE CREATE ON trasloco.job_issue FROM 'trasloco_web'@'localhost';
REVOKE CREATE ON trasloco.job_page FROM 'trasloco_web'@'localhost';
REVOKE CREATE ON trasloco.job_note FROM 'trasloco_web'@'localhost';
REVOKE CREATE ON trasloco.page FROM 'trasloco_web'@'localhost';
REVOKE CREATE ON trasloco.webhook FROM 'trasloco_web'@'localhost';
REVOKE CREATE ON trasloco.outbox FROM 'trasloco_web'@'localhost';
REVOKE CREATE ON trasloco.outbox_attempt FROM 'trasloco_web'@'localhost';
REVOKE CREATE ON trasloco.audit FROM 'trasloco_web'@'localhost';
REVOKE CREATE ON trasloco.integration FROM 'trasloco_web'@'localhost';
REVOKE CREATE ON trasloco.integration_page FROM 'trasloco_web'@'localhost';
REVOKE CREATE ON trasloco.integration_download FROM 'trasloco_web'@'localhost';
REVOKE CREATE ON trasloco.comment_alias FROM 'trasloco_web'@'localhost';
REVOKE CREATE ON trasloco.batch FROM 'trasloco_web'@'localhost';
REVOKE CREATE ON trasloco.comment FROM 'trasloco_web'@'localhost';
REVOKE CREATE ON trasloco.schema_version FROM 'trasloco_jobs'@'localhost';
REVOKE CREATE ON trasloco.account FROM 'trasloco_jobs'@'localhost';
REVOKE CREATE ON trasloco.job FROM 'trasloco_jobs'@'localhost';
REVOKE CREATE ON trasloco.spool_file FROM 'trasloco_jobs'@'localhost';
REVOKE CREATE ON trasloco.job_issue FROM 'trasloco_jobs'@'localhost';
REVOKE CREATE ON trasloco.job_page FROM 'trasloco_jobs'@'localhost';
REVOKE CREATE ON trasloco.job_note FROM 'trasloco_jobs'@'localhost';
REVOKE CREATE ON trasloco.page FROM 'trasloco_jobs'@'localhost';
REVOKE CREATE ON trasloco.comment FROM 'trasloco_jobs'@'localhost';
REVOKE CREATE ON trasloco.comment_waiting FROM 'trasloco_jobs'@'localhost';
REVOKE CREATE ON trasloco.webhook FROM 'trasloco_jobs'@'localhost';
REVOKE CREATE ON trasloco.outbox FROM 'trasloco_jobs'@'localhost';
REVOKE CREATE ON trasloco.outbox_attempt FROM 'trasloco_jobs'@'localhost';
REVOKE CREATE ON trasloco.audit FROM 'trasloco_jobs'@'localhost';
REVOKE CREATE ON trasloco.integration FROM 'trasloco_jobs'@'localhost';
REVOKE CREATE ON trasloco.integration_page FROM 'trasloco_jobs'@'localhost';
REVOKE CREATE ON trasloco.integration_download FROM 'trasloco_jobs'@'localhost';
REVOKE CREATE ON trasloco.comment_alias FROM 'trasloco_jobs'@'localhost';
REVOKE CREATE ON trasloco.batch FROM 'trasloco_jobs'@'localhost';
REVOKE CREATE ON trasloco.move_pair FROM 'trasloco_web'@'localhost';
REVOKE CREATE ON trasloco.move_result FROM 'trasloco_web'@'localhost';
REVOKE CREATE ON trasloco.move_example FROM 'trasloco_web'@'localhost';
REVOKE CREATE ON trasloco.move_pair FROM 'trasloco_jobs'@'localhost';
REVOKE CREATE ON trasloco.move_page FROM 'trasloco_jobs'@'localhost';
REVOKE CREATE ON trasloco.move_result FROM 'trasloco_jobs'@'localhost';
REVOKE CREATE ON trasloco.move_example FROM 'trasloco_jobs'@'localhost';
REVOKE CREATE ON trasloco.copy_order FROM 'trasloco_web'@'localhost';
REVOKE CREATE ON trasloco.copy_order FROM 'trasloco_jobs'@'localhost';
-- tokens of programs
REVOKE CREATE ON trasloco.api_token FROM 'trasloco_web'@'localhost';
