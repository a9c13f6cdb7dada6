DELETE FROM match_text WHERE match_text.job_id = any(%(ids)s::TEXT[]) AND NOT (EXISTS (SELECT 1
FROM match_job
WHERE match_job.id = match_text.job_id))
