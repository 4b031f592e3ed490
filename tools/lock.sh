#!/bin/sh
# Pin every package, with the hashes of all its files and without download addresses, for every
# platform and every supported Python. Order matters: a later list is constrained by the earlier ones.
#
#   tools/lock.sh            keep pinned versions, add what is new in the .in files
#   tools/lock.sh --upgrade  take the newest versions
set -eu
cd "$(dirname "$0")/.."

for list in bootstrap runtime local postgres dev; do
    .venv/bin/uv pip compile "$@" --quiet --universal --python-version 3.12 --generate-hashes \
        --no-emit-index-url --custom-compile-command "make lock" \
        --output-file "requirements/$list.txt" "requirements/$list.in"
    echo "requirements/$list.txt: $(grep -c '==' "requirements/$list.txt") packages"
done
