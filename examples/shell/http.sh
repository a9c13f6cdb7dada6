#!/usr/bin/env bash
# Against a service that knows the token: JOBMATCH_TOKENS=a-long-random-secret=ada jobmatch serve
set -euo pipefail

# --8<-- [start:start]
curl --silent --show-error http://127.0.0.1:8000/jobs/match \
  --header "Authorization: Bearer a-long-random-secret" \
  --json '{"profile": {"text": "Registered nurse, eight years on surgical wards"}, "filters": {"country": "US"}}'
# --8<-- [end:start]

TASK_ID=$(
  curl --silent --show-error http://127.0.0.1:8000/jobs/match --header "Authorization: Bearer a-long-random-secret" \
    --json '{"profile": {"text": "Registered nurse, eight years on surgical wards"}}' |
    sed -E 's/.*"task_id": ?"([^"]+)".*/\1/'
)

# --8<-- [start:status]
curl --silent --show-error "http://127.0.0.1:8000/jobs/match/status/$TASK_ID" \
  --header "Authorization: Bearer a-long-random-secret" \
  --header "Prefer: wait=10"
# --8<-- [end:status]

# --8<-- [start:wait]
curl --silent --show-error "http://127.0.0.1:8000/jobs/match?wait=true&country=US&is_remote_only=true" \
  --header "Authorization: Bearer a-long-random-secret" \
  --json '{"keywords": ["nurse"], "limit": 5}'
# --8<-- [end:wait]
