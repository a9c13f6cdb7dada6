WITH neighbours AS MATERIALIZED
(SELECT match_job.id AS id, match_job.summary AS summary, match_job.vector <=> CAST(%(vector)s::VARCHAR AS HALFVEC) AS distance, true AS passes
FROM match_job
WHERE match_job.vector IS NOT NULL AND (match_job.expires_at IS NULL OR match_job.expires_at > now()) ORDER BY CAST(binary_quantize(match_job.vector) AS BIT(8)) <~> CAST(binary_quantize(CAST(%(vector)s::VARCHAR AS HALFVEC)) AS BIT(8))
 LIMIT %(near)s::INTEGER),
nearest AS MATERIALIZED
(SELECT ranked.id AS id, ranked.summary AS summary, ranked.distance AS distance, ranked.rank AS rank
FROM (SELECT neighbours.id AS id, neighbours.summary AS summary, neighbours.distance AS distance, neighbours.passes AS passes, row_number() OVER (ORDER BY coalesce(nullif(neighbours.distance, 'NaN'::float8), 1)) AS rank
FROM neighbours) AS ranked
WHERE ranked.passes ORDER BY coalesce(nullif(ranked.distance, 'NaN'::float8), 1), ranked.id
 LIMIT %(fetch)s::INTEGER)
 SELECT CAST(nearest.summary AS TEXT) AS summary, coalesce(nullif(nearest.distance, 'NaN'::float8), 1) AS distance, nearest.rank
FROM nearest ORDER BY coalesce(nullif(nearest.distance, 'NaN'::float8), 1), nearest.id
