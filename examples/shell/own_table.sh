#!/usr/bin/env bash
# The table of examples/own_table.py, looked after and searched by the command line.
set -euo pipefail

# --8<-- [start:use]
export JOBMATCH_JOB_TABLE=examples.own_table:JOBS
jobmatch index plan
jobmatch index create
jobmatch index tune
jobmatch index recall
jobmatch index status
jobmatch match --title nurse --city koln
# --8<-- [end:use]
jobmatch index reindex
jobmatch index drop
