WITH asked AS
(SELECT anon_1.id AS id, anon_1.owner AS owner, anon_1.number AS number
FROM unnest(%(id)s::UUID[], %(owner)s::TEXT[]) WITH ORDINALITY AS anon_1(id, owner, number))
 SELECT match_task.id, match_task.owner, match_task.state, match_task.created_at, match_task.updated_at, match_task.started_at, match_task.finished_at, match_task.attempts, match_task.error_code, match_task.error_message, match_task.total, match_task.callback_url, match_task.not_before, match_task.progress, match_task.stage, asked.number
FROM asked JOIN match_task ON match_task.id = asked.id AND match_task.owner = coalesce(asked.owner, match_task.owner)
