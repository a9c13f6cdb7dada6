WITH part AS
(SELECT match_text.job_id AS job_id
FROM match_text
WHERE match_text.job_id > %(after)s::VARCHAR ORDER BY match_text.job_id
 LIMIT %(batch)s::INTEGER)
 SELECT (SELECT max(part.job_id) AS max_1
FROM part) AS anon_1, array((SELECT part.job_id
FROM part
WHERE NOT (EXISTS (SELECT 1
FROM match_job
WHERE match_job.id = part.job_id)))) AS array_1
