#!/usr/bin/env bash
# Files into the index, from the root of a checkout.
set -euo pipefail

# --8<-- [start:plain]
jobmatch import examples/data/postings.jsonl
# --8<-- [end:plain]

# --8<-- [start:mapped]
jobmatch import examples/data/board.csv --map id=ref --map title=job_title --map city=town --map country=nation
# --8<-- [end:mapped]

# --8<-- [start:errors]
jobmatch import examples/data/board.csv --errors rejected.jsonl
# --8<-- [end:errors]

# --8<-- [start:country]
jobmatch import examples/data/postings.jsonl --country US
# --8<-- [end:country]

# --8<-- [start:encoding]
jobmatch import examples/data/board.csv --encoding cp1251
# --8<-- [end:encoding]

# --8<-- [start:match]
jobmatch match examples/data/resume.txt --country US --keywords "night shifts"
# --8<-- [end:match]
