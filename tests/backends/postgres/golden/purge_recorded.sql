WITH part AS
(SELECT match_interaction.owner AS owner, match_interaction.job_id AS job_id, match_interaction.kind AS kind, match_interaction.scope AS scope, match_interaction.ctid AS place
FROM match_interaction
WHERE (match_interaction.owner, match_interaction.job_id, match_interaction.kind, match_interaction.scope) > (%(after_owner)s::VARCHAR, %(after_job)s::VARCHAR, %(after_kind)s::VARCHAR, %(after_scope)s::VARCHAR) ORDER BY match_interaction.owner, match_interaction.job_id, match_interaction.kind, match_interaction.scope
 LIMIT %(batch)s::INTEGER),
gone AS
(DELETE FROM match_interaction WHERE match_interaction.ctid = any(array((SELECT part.place
FROM part))) AND match_interaction.scope IN (%(scope)s::VARCHAR, '*') AND (%(recorded_before)s::TIMESTAMP WITH TIME ZONE IS NULL OR match_interaction.recorded_at <= %(recorded_before)s::TIMESTAMP WITH TIME ZONE) RETURNING 1)
 SELECT (SELECT count(*) AS count_1
FROM gone) AS anon_1, part.owner, part.job_id, part.kind, part.scope
FROM part ORDER BY part.owner DESC, part.job_id DESC, part.kind DESC, part.scope DESC
 LIMIT 1
