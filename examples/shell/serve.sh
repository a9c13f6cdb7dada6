#!/usr/bin/env bash
# The HTTP service, until it is told to stop.
set -euo pipefail

# --8<-- [start:serve]
jobmatch serve
# --8<-- [end:serve]
