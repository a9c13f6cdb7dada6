SELECT match_task.id
FROM match_task
WHERE match_task.state IN ('pending', 'processing') AND (match_task.state = 'pending' OR match_task.state = 'processing' AND match_task.lease_until <= now()) ORDER BY match_task.created_at, match_task.id
 LIMIT %(limit)s::INTEGER
