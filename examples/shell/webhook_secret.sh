#!/usr/bin/env bash
# A new secret for callbacks.
set -euo pipefail

# --8<-- [start:secret]
python -c 'import base64, secrets; print("whsec_" + base64.b64encode(secrets.token_bytes(32)).decode())'
# --8<-- [end:secret]
