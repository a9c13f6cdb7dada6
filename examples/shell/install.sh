#!/usr/bin/env bash
# From a checkout. Each section installs what one page of the documentation needs.
set -euo pipefail

# --8<-- [start:demo]
python -m pip install '.[demo]' && jobmatch demo
# --8<-- [end:demo]

# --8<-- [start:wordllama]
python -m pip install '.[wordllama]'
# --8<-- [end:wordllama]

# --8<-- [start:embedded]
python -m pip install '.[embedded]'
# --8<-- [end:embedded]

# --8<-- [start:asgi]
python -m pip install '.[asgi,embedded]'
# --8<-- [end:asgi]

# --8<-- [start:testing]
python -m pip install '.[asgi,testing]'
# --8<-- [end:testing]

# --8<-- [start:openai]
python -m pip install '.[openai]'
# --8<-- [end:openai]

# --8<-- [start:check]
python -m pip install nox && nox
# --8<-- [end:check]
