#!/usr/bin/env bash
# With the settings of the new embedder.
set -euo pipefail

# --8<-- [start:change]
jobmatch embedder change
jobmatch embedder status
# --8<-- [end:change]

# --8<-- [start:finish]
jobmatch embedder finish
# --8<-- [end:finish]
