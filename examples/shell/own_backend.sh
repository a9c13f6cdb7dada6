#!/usr/bin/env bash
# The example distribution, installed and used by its name.
set -euo pipefail

# --8<-- [start:install]
python -m pip install ./examples/own_backend
# --8<-- [end:install]

# --8<-- [start:use]
JOBMATCH_EMBEDDER=hashing python examples/quickstart.py
# --8<-- [end:use]
