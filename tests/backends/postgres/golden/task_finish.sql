WITH done AS
(UPDATE match_task SET state='completed', updated_at=now(), finished_at=now(), lease_until=NULL, token=NULL, total=%(total)s::INTEGER, error_code=NULL, error_message=NULL, not_before=NULL, progress=1, stage=NULL WHERE match_task.id = %(id)s::UUID AND match_task.token = %(token)s::UUID AND match_task.state = 'processing' RETURNING match_task.id)
 INSERT INTO match_result (task_id, diagnostics, matches) SELECT done.id, CAST(%(diagnostics)s::VARCHAR AS JSON) AS anon_1, CAST(%(matches)s::VARCHAR AS JSON) AS anon_2
FROM done RETURNING match_result.task_id, pg_notify('match_task', CAST(match_result.task_id AS TEXT) || ' completed') AS pg_notify_1
