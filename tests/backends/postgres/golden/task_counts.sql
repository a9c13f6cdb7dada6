SELECT match_task.state, count(*) AS count_1
FROM match_task
WHERE match_task.owner = %(owner)s::VARCHAR AND match_task.state IN ('pending', 'processing') GROUP BY match_task.state
