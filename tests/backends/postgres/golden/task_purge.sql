DELETE FROM match_task WHERE match_task.id IN (SELECT match_task.id
FROM match_task
WHERE match_task.finished_at <= now() - CAST(%(age)s * interval '1 second' AS INTERVAL) ORDER BY match_task.finished_at
 LIMIT %(limit)s::INTEGER FOR UPDATE SKIP LOCKED) RETURNING match_task.id
