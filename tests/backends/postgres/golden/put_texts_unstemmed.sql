INSERT INTO match_text (job_id, search, words, description, metadata) SELECT match_incoming.id, NULL AS anon_1, match_incoming.words, match_incoming.description, match_incoming.metadata
FROM match_incoming ON CONFLICT (job_id) DO UPDATE SET search = excluded.search, words = excluded.words, description = excluded.description, metadata = excluded.metadata
