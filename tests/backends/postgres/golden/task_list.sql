SELECT match_task.id, match_task.owner, match_task.state, match_task.created_at, match_task.updated_at, match_task.started_at, match_task.finished_at, match_task.attempts, match_task.error_code, match_task.error_message, match_task.total, match_task.callback_url, match_task.not_before, match_task.progress, match_task.stage
FROM match_task
WHERE match_task.owner = %(owner)s::VARCHAR AND (match_task.created_at, match_task.id) < (%(created_at)s::TIMESTAMP WITH TIME ZONE, %(id)s::UUID) ORDER BY match_task.created_at DESC, match_task.id DESC
 LIMIT %(limit)s::INTEGER
