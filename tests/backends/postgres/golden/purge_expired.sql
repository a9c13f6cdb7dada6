WITH part AS
(SELECT match_job.id AS id
FROM match_job
WHERE match_job.id > %(after)s::VARCHAR ORDER BY match_job.id
 LIMIT %(batch)s::INTEGER),
gone AS
(DELETE FROM match_job WHERE match_job.id IN (SELECT match_job.id
FROM match_job
WHERE match_job.id IN (SELECT part.id
FROM part) AND match_job.expires_at <= least(%(expired_before)s::TIMESTAMP WITH TIME ZONE, now()) FOR UPDATE SKIP LOCKED) RETURNING match_job.id),
texts AS
(DELETE FROM match_text WHERE match_text.job_id IN (SELECT gone.id
FROM gone) RETURNING 1)
 SELECT (SELECT max(part.id) AS max_1
FROM part) AS anon_1, (SELECT count(*) AS count_1
FROM gone) AS anon_2
