WITH asked AS
(SELECT anon_1.id AS id, anon_1.owner AS owner, anon_1.request AS request, anon_1.callback_url AS callback_url, anon_1.scope AS scope, anon_1.number AS number
FROM unnest(%(id)s::UUID[], %(owner)s::TEXT[], %(request)s::TEXT[], %(callback_url)s::TEXT[], %(scope)s::TEXT[]) WITH ORDINALITY AS anon_1(id, owner, request, callback_url, scope, number)),
made AS
(INSERT INTO match_task (id, owner, state, request, callback_url, scope) SELECT asked.id AS id, asked.owner AS owner, 'pending', CAST(asked.request AS JSON) AS request, asked.callback_url AS callback_url, asked.scope AS scope
FROM asked ON CONFLICT DO NOTHING RETURNING match_task.id, match_task.owner, match_task.state, match_task.created_at, match_task.updated_at, match_task.started_at, match_task.finished_at, match_task.attempts, match_task.error_code, match_task.error_message, match_task.total, match_task.callback_url, match_task.not_before, match_task.progress, match_task.stage, match_task.digest, match_task.scope)
 SELECT made.id, made.owner, made.state, made.created_at, made.updated_at, made.started_at, made.finished_at, made.attempts, made.error_code, made.error_message, made.total, made.callback_url, made.not_before, made.progress, made.stage, made.digest, made.scope, pg_notify('match_task', CAST(made.id AS TEXT) || ' pending') AS pg_notify_1, asked.number
FROM made JOIN asked ON made.id = asked.id
