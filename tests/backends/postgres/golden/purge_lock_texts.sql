SELECT 1
FROM match_text
WHERE match_text.job_id = any(%(ids)s::TEXT[]) ORDER BY match_text.job_id FOR UPDATE
