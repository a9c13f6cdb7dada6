-- make_interval_1 = 0
-- make_interval_2 = 0
-- make_interval_3 = 0
-- make_interval_4 = 0
-- make_interval_5 = 0
-- make_interval_6 = 0
UPDATE match_task SET lease_until=(now() + make_interval(%(make_interval_1)s::INTEGER, %(make_interval_2)s::INTEGER, %(make_interval_3)s::INTEGER, %(make_interval_4)s::INTEGER, %(make_interval_5)s::INTEGER, %(make_interval_6)s::INTEGER, %(lease)s)) WHERE match_task.id = %(id)s::UUID AND match_task.token = %(token)s::UUID AND match_task.state = 'processing' RETURNING match_task.id
