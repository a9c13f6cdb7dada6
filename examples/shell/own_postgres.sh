#!/usr/bin/env bash
# A new database: tables, postings, index.
set -euo pipefail

# --8<-- [start:setup]
jobmatch db upgrade
jobmatch import examples/data/postings.jsonl
jobmatch index create
jobmatch db status
# --8<-- [end:setup]
