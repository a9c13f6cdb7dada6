SELECT match_task.id, match_task.owner, match_task.state, match_task.created_at, match_task.updated_at, match_task.started_at, match_task.finished_at, match_task.attempts, match_task.error_code, match_task.error_message, match_task.total, CAST(match_result.diagnostics AS TEXT) AS diagnostics, CAST(match_result.matches AS TEXT) AS matches
FROM match_task LEFT OUTER JOIN match_result ON match_result.task_id = match_task.id
WHERE match_task.id = %(id)s::UUID AND match_task.owner = %(owner)s::VARCHAR
