-- make_interval_1 = 0
-- make_interval_2 = 0
-- make_interval_3 = 0
-- make_interval_4 = 0
-- make_interval_5 = 0
-- make_interval_6 = 0
UPDATE match_task SET state='processing', attempts=(match_task.attempts + 1), updated_at=now(), started_at=coalesce(match_task.started_at, now()), lease_until=(now() + make_interval(%(make_interval_1)s::INTEGER, %(make_interval_2)s::INTEGER, %(make_interval_3)s::INTEGER, %(make_interval_4)s::INTEGER, %(make_interval_5)s::INTEGER, %(make_interval_6)s::INTEGER, %(lease)s)), token=gen_random_uuid() WHERE match_task.id = %(id)s::UUID AND (match_task.state = 'pending' OR match_task.state = 'processing' AND match_task.lease_until <= now()) RETURNING match_task.owner, CAST(match_task.request AS TEXT) AS request, match_task.token, match_task.attempts
