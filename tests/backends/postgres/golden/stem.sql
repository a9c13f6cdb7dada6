UPDATE match_text SET search=to_tsvector('english'::regconfig, match_text.words), words=NULL WHERE match_text.job_id IN (SELECT match_text.job_id
FROM match_text
WHERE match_text.search IS NULL
 LIMIT %(batch)s::INTEGER FOR UPDATE SKIP LOCKED)
