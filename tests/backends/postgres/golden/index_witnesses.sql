SELECT match_job.vector IS NOT NULL AND (match_job.expires_at IS NULL OR match_job.expires_at > now()) AS anon_1, halfvec_send(match_job.vector) AS halfvec_send_1, CASE WHEN (match_job.vector IS NOT NULL AND (match_job.expires_at IS NULL OR match_job.expires_at > now())) THEN CAST(match_job.summary AS TEXT) END AS anon_2
FROM match_job
WHERE match_job.ctid = any(array((SELECT sample.ctid
FROM match_job AS sample TABLESAMPLE system(%(percent)s) REPEATABLE (%(seed)s::INTEGER))))
 LIMIT %(count)s::INTEGER
