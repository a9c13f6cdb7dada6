SELECT match_task.id, match_task.owner, match_task.state, match_task.created_at, match_task.updated_at, match_task.started_at, match_task.finished_at, match_task.attempts, match_task.error_code, match_task.error_message, match_task.total, match_task.callback_url, match_task.not_before, match_task.progress, match_task.stage, match_task.digest, match_task.scope
FROM match_task
WHERE match_task.owner = %(owner)s::VARCHAR AND (match_task.id = %(id)s::UUID OR match_task.key = %(key)s::VARCHAR)
