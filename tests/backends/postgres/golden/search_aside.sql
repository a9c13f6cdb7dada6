SELECT DISTINCT seen.distance
FROM (SELECT anon_1.distance AS distance, anon_1.passes AS passes
FROM (SELECT coalesce(nullif(match_job.vector <=> CAST(%(vector)s::VARCHAR AS HALFVEC), 'NaN'::float8), 1) AS distance, true AS passes
FROM match_job
WHERE match_job.vector IS NOT NULL AND (match_job.expires_at IS NULL OR match_job.expires_at > now()) ORDER BY match_job.vector <=> CAST(%(side0)s::VARCHAR AS HALFVEC)
 LIMIT %(near)s::INTEGER) AS anon_1 UNION ALL SELECT anon_2.distance AS distance, anon_2.passes AS passes
FROM (SELECT coalesce(nullif(match_job.vector <=> CAST(%(vector)s::VARCHAR AS HALFVEC), 'NaN'::float8), 1) AS distance, true AS passes
FROM match_job
WHERE match_job.vector IS NOT NULL AND (match_job.expires_at IS NULL OR match_job.expires_at > now()) ORDER BY match_job.vector <=> CAST(%(side1)s::VARCHAR AS HALFVEC)
 LIMIT %(near)s::INTEGER) AS anon_2) AS seen
WHERE seen.passes AND seen.distance < %(farthest)s
