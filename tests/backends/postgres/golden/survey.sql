SELECT 1
FROM match_job
WHERE match_job.vector IS NOT NULL AND (match_job.expires_at IS NULL OR match_job.expires_at > now()) AND (match_job.countries && %(country)s::TEXT[]) AND match_job.workplace = 'remote'
