UPDATE match_delivery SET attempts=(match_delivery.attempts + 1), due_at=(now() + %(lease)s * interval '1 second'), token=gen_random_uuid() WHERE match_delivery.task_id IN (SELECT match_delivery.task_id
FROM match_delivery
WHERE match_delivery.state = 'waiting' AND match_delivery.due_at <= now() ORDER BY match_delivery.due_at
 LIMIT %(limit)s::INTEGER FOR UPDATE SKIP LOCKED) RETURNING match_delivery.task_id, match_delivery.url, match_delivery.task_state, match_delivery.ended_at, match_delivery.attempts, match_delivery.token
