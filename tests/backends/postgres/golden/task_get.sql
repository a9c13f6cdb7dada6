SELECT match_task.id, match_task.owner, match_task.state, match_task.created_at, match_task.updated_at, match_task.started_at, match_task.finished_at, match_task.attempts, match_task.error_code, match_task.error_message, match_task.total, match_task.callback_url, match_task.not_before, match_task.progress, match_task.stage
FROM match_task
WHERE match_task.id = %(id)s::UUID AND match_task.owner = coalesce(%(owner)s::VARCHAR, match_task.owner)
