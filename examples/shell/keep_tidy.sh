#!/usr/bin/env bash
# What grows is removed: postings that expired, tasks that ended.
set -euo pipefail

# --8<-- [start:expired]
jobmatch jobs purge
jobmatch jobs purge --expired-before 2026-01-31
# --8<-- [end:expired]

# --8<-- [start:remove]
jobmatch jobs remove job-17 job-23
# --8<-- [end:remove]

# --8<-- [start:interactions]
jobmatch interactions purge --recorded-before 2026-01-31
jobmatch interactions purge --owner ann
# --8<-- [end:interactions]

# --8<-- [start:tasks]
jobmatch tasks purge --age 2
# --8<-- [end:tasks]
