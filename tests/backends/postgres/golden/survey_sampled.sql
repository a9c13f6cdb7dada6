SELECT count(*) AS count_1
FROM match_job
WHERE match_job.ctid = any(array((SELECT sample.ctid
FROM match_job AS sample TABLESAMPLE system(%(percent)s)))) AND match_job.vector IS NOT NULL AND (match_job.expires_at IS NULL OR match_job.expires_at > now()) AND (match_job.area && %(box0)s) AND (EXISTS (SELECT *
FROM unnest(match_job.latitudes, match_job.longitudes) AS point(latitude, longitude)
WHERE 12742.0176 * asin(sqrt(least(power(sind((point.latitude - %(latitude)s) * 0.5), 2) + cosd(point.latitude) * cosd(%(latitude)s) * power(sind((point.longitude - %(longitude)s) * 0.5), 2), 1))) <= %(radius_km)s))
