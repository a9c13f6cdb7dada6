WITH oldest AS
(SELECT match_task.created_at AS created_at
FROM match_task
WHERE match_task.state = 'processing' AND match_task.created_at >= %(since)s::TIMESTAMP WITH TIME ZONE ORDER BY match_task.created_at, match_task.id
 LIMIT 1)
 SELECT now() AS now_1, (SELECT oldest.created_at
FROM oldest) AS anon_1, array((SELECT match_task.id
FROM match_task
WHERE match_task.state = 'processing' AND match_task.lease_until <= now() AND match_task.created_at >= (SELECT oldest.created_at
FROM oldest) ORDER BY match_task.created_at, match_task.id
 LIMIT %(limit)s::INTEGER)) AS array_1
