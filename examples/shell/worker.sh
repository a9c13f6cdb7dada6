#!/usr/bin/env bash
# A worker, until it is told to stop.
set -euo pipefail

# --8<-- [start:upgrade]
jobmatch db upgrade
# --8<-- [end:upgrade]

# --8<-- [start:worker]
jobmatch worker --concurrency 4
# --8<-- [end:worker]
