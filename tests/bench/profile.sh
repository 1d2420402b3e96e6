#!/bin/sh
# Where the server's time goes under the benchmark's load, by function:
#   tests/bench/profile.sh BENCH EPOCHD [SECTION...]        sections: post and bulk, or others of bench
# With perf where the kernel allows it, else with valgrind (much slower, but it counts the same).
set -eu
bench=$1 epochd=$(realpath "$2")
shift 2
[ $# -gt 0 ] || set -- post bulk
out=$(pwd)/build/profile
mkdir -p "$out"

if perf record -q -o "$out/probe.perf" true >/dev/null 2>&1; then
    tool=perf
elif command -v valgrind >/dev/null 2>&1; then
    tool=callgrind
else
    echo "profile: perf is missing or not permitted here, and there is no valgrind" >&2
    exit 1
fi

# What bench starts in epochd's place. perf looks on from beside: as its parent it would get the
# signal that ends the server, and it keeps no hold on the pipe that bench reads.
cat >"$out/epochd" <<EOF
#!/bin/sh
if [ $tool = callgrind ]; then
    exec valgrind -q --tool=callgrind --callgrind-out-file="\$PROFILE" "$epochd" "\$@"
fi
"$epochd" "\$@" &
server=\$!
trap 'kill -TERM \$server' TERM
sleep 0.3 # perf does not see threads that begin after it
perf record -q -g -F 999 -o "\$PROFILE" -p \$server >/dev/null 2>&1 &
code=0
while kill -0 \$server 2>/dev/null; do
    wait \$server && code=0 || code=\$?
done
wait
exit \$code
EOF
chmod +x "$out/epochd"

for section in "$@"; do
    PROFILE=$out/$section.$tool
    export PROFILE
    rm -f "$PROFILE"
    "$bench" --repetitions 1 --out "$out/$section.json" "$out/epochd" "$section" >"$out/$section.txt"
    echo "== $section: time by thread and function ($tool; the data: $PROFILE)"
    if [ $tool = perf ]; then
        perf report -i "$PROFILE" --stdio --no-children -g none --sort comm 2>/dev/null | grep -v '^#' | grep . | head -12
        perf report -i "$PROFILE" --stdio --no-children -g none --sort symbol,dso --percent-limit 0.7 2>/dev/null |
            grep -v '^#' | grep . | sed 's/ *- *- *$//' | head -45
    else
        callgrind_annotate "$PROFILE" | head -60
    fi
done
