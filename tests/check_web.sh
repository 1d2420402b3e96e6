#!/bin/sh
# TypeScript's own check, as TAP.
cd web || exit 1
if out=$(npm run --silent check 2>&1); then
    echo "ok 1 - the page's types hold"
else
    echo "not ok 1 - the page's types hold"
    echo "$out" | sed 's/^/# /'
fi
echo 1..1
