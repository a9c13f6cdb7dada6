WITH nearest AS MATERIALIZED
(SELECT match_job.id AS id, match_job.summary AS summary, match_job.vector <=> CAST(%(vector)s::VARCHAR AS HALFVEC) AS distance
FROM match_job
WHERE match_job.vector IS NOT NULL AND (match_job.expires_at IS NULL OR match_job.expires_at > now()) ORDER BY coalesce(nullif(match_job.vector <=> CAST(%(vector)s::VARCHAR AS HALFVEC), 'NaN'::float8), 1), match_job.id
 LIMIT %(fetch)s::INTEGER)
 SELECT CAST(nearest.summary AS TEXT) AS summary, coalesce(nullif(nearest.distance, 'NaN'::float8), 1) AS distance, CAST(NULL AS INTEGER) AS rank
FROM nearest ORDER BY coalesce(nullif(nearest.distance, 'NaN'::float8), 1), nearest.id
