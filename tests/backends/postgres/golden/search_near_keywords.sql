WITH nearest AS MATERIALIZED
(SELECT ranked.id AS id, ranked.summary AS summary, ranked.distance AS distance, ranked.rank AS rank
FROM (SELECT neighbours.id AS id, neighbours.summary AS summary, neighbours.distance AS distance, neighbours.passes AS passes, row_number() OVER () AS rank
FROM (SELECT match_job.id AS id, match_job.summary AS summary, match_job.vector <=> CAST(%(vector)s::VARCHAR AS HALFVEC) AS distance, match_job.vector IS NOT NULL AND (match_job.expires_at IS NULL OR match_job.expires_at > now()) AND coalesce((SELECT (match_text.search @@ phraseto_tsquery('english'::regconfig, %(keyword0)s::VARCHAR)) OR match_text.search IS NULL AND (to_tsvector('english'::regconfig, match_text.words) @@ phraseto_tsquery('english'::regconfig, %(keyword0)s::VARCHAR)) AS anon_1
FROM match_text
WHERE match_text.job_id = match_job.id), false) AND NOT coalesce((SELECT (match_text.search @@ phraseto_tsquery('english'::regconfig, %(unwanted0)s::VARCHAR)) OR match_text.search IS NULL AND (to_tsvector('english'::regconfig, match_text.words) @@ phraseto_tsquery('english'::regconfig, %(unwanted0)s::VARCHAR)) AS anon_2
FROM match_text
WHERE match_text.job_id = match_job.id), false) AS passes
FROM match_job ORDER BY distance
 LIMIT %(near)s::INTEGER) AS neighbours ORDER BY neighbours.distance) AS ranked
WHERE ranked.passes ORDER BY ranked.distance
 LIMIT %(fetch)s::INTEGER)
 SELECT CAST(nearest.summary AS TEXT) AS summary, coalesce(nullif(nearest.distance, 'NaN'::float8), 1) AS distance, nearest.rank
FROM nearest ORDER BY coalesce(nullif(nearest.distance, 'NaN'::float8), 1), nearest.id
