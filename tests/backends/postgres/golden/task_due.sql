WITH oldest AS
(SELECT ours.created_at AS created_at
FROM ((SELECT match_task.created_at AS created_at, match_task.id AS id
FROM match_task
WHERE match_task.state = 'pending' AND match_task.created_at >= %(since)s::TIMESTAMP WITH TIME ZONE AND match_task.scope = %(scope)s::VARCHAR ORDER BY match_task.created_at, match_task.id
 LIMIT 1) UNION ALL (SELECT match_task.created_at AS created_at, match_task.id AS id
FROM match_task
WHERE match_task.state = 'pending' AND match_task.created_at >= %(since)s::TIMESTAMP WITH TIME ZONE AND match_task.scope = '*' ORDER BY match_task.created_at, match_task.id
 LIMIT 1)) AS ours ORDER BY ours.created_at, ours.id
 LIMIT 1)
 SELECT now() AS now_1, (SELECT oldest.created_at
FROM oldest) AS anon_1, array((SELECT ours.id
FROM ((SELECT match_task.created_at AS created_at, match_task.id AS id
FROM match_task
WHERE match_task.state = 'pending' AND (match_task.not_before IS NULL AND (match_task.updated_at <= now() - CAST(%(idle)s * interval '1 second' AS INTERVAL) OR match_task.updated_at > now()) OR match_task.not_before <= now() - CAST(%(idle)s * interval '1 second' AS INTERVAL)) AND match_task.created_at >= (SELECT oldest.created_at
FROM oldest) AND match_task.scope = %(scope)s::VARCHAR ORDER BY match_task.created_at, match_task.id
 LIMIT %(limit)s::INTEGER) UNION ALL (SELECT match_task.created_at AS created_at, match_task.id AS id
FROM match_task
WHERE match_task.state = 'pending' AND (match_task.not_before IS NULL AND (match_task.updated_at <= now() - CAST(%(idle)s * interval '1 second' AS INTERVAL) OR match_task.updated_at > now()) OR match_task.not_before <= now() - CAST(%(idle)s * interval '1 second' AS INTERVAL)) AND match_task.created_at >= (SELECT oldest.created_at
FROM oldest) AND match_task.scope = '*' ORDER BY match_task.created_at, match_task.id
 LIMIT %(limit)s::INTEGER)) AS ours ORDER BY ours.created_at, ours.id
 LIMIT %(limit)s::INTEGER)) AS array_1
