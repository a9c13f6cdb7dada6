WITH texts AS
(DELETE FROM match_text WHERE match_text.job_id = any(%(ids)s::TEXT[]) RETURNING 1)
 DELETE FROM match_job WHERE match_job.id = any(%(ids)s::TEXT[]) RETURNING 1
