-- param_1 = 10
WITH nearest AS MATERIALIZED
(SELECT match_job.id AS id, match_job.summary AS summary, match_job.vector <=> CAST(%(vector)s::VARCHAR AS HALFVEC) AS distance, match_job.vector AS vector
FROM match_job
WHERE match_job.vector IS NOT NULL AND (match_job.expires_at IS NULL OR match_job.expires_at > now()) ORDER BY distance
 LIMIT %(fetch)s::INTEGER)
 SELECT CAST(nearest.summary AS TEXT) AS summary, coalesce(nullif(nearest.distance, 'NaN'::float8), 1) AS distance, CAST(NULL AS INTEGER) AS rank, CASE WHEN (row_number() OVER (ORDER BY coalesce(nullif(nearest.distance, 'NaN'::float8), 1), nearest.id) <= %(param_1)s::INTEGER) THEN encode(halfvec_send(nearest.vector), 'base64') END AS shown
FROM nearest ORDER BY coalesce(nullif(nearest.distance, 'NaN'::float8), 1), nearest.id
