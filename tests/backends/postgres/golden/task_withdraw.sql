DELETE FROM match_task WHERE match_task.id = %(id)s::UUID AND match_task.state = 'pending' AND match_task.attempts = 0 RETURNING match_task.id
