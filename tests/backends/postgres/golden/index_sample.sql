SELECT CAST(match_job.summary AS TEXT) AS summary, CAST(match_job.vector AS TEXT) AS vector
FROM match_job
WHERE match_job.ctid = any(array((SELECT sample.ctid
FROM match_job AS sample TABLESAMPLE system(%(percent)s)))) AND match_job.vector IS NOT NULL AND (match_job.expires_at IS NULL OR match_job.expires_at > now()) ORDER BY random()
 LIMIT %(count)s::INTEGER
