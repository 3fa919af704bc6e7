#!/usr/bin/env bash
# Benchmarks of the packages at a commit and in the working tree, compared.
#
#   compare.sh REF BENCH COUNT
#
# The two test binaries of a package take turns, so that what else the machine
# does falls on both; benchstat is built once, by exact version, into .bin.
set -euo pipefail
ref=$1 bench=$2 count=$3
benchstat_version=v0.0.0-20260908200009-22c9c6c9d4da

root=$(git rev-parse --show-toplevel)
cd "$root"
commit=$(git rev-parse --verify --quiet "$ref^{commit}") || {
	echo "compare: error: $ref is no commit" >&2
	exit 2
}
if ! [ -x .bin/benchstat ]; then
	GOBIN="$root/.bin" go install "golang.org/x/perf/cmd/benchstat@$benchstat_version"
fi

work=$(mktemp -d)
trap 'git worktree remove --force "$work/tree" 2>/dev/null || true; rm -rf "$work"' EXIT
git worktree add --quiet --detach "$work/tree" "$commit"

# Packages that have benchmarks on both sides; what has moved since cannot be compared.
packages=$(comm -12 \
	<(cd "$work/tree" && git grep -l '^func Benchmark' -- '*_test.go' | xargs -rn1 dirname | sort -u) \
	<(git grep -l '^func Benchmark' -- '*_test.go' | xargs -rn1 dirname | sort -u))
for package in $packages; do
	name=${package//\//-}
	(cd "$work/tree" && go test -c -o "$work/$name.old" "./$package")
	go test -c -o "$work/$name.new" "./$package"
	for _ in $(seq "$count"); do
		for side in old new; do
			tree=$root
			[ "$side" = old ] && tree=$work/tree
			(cd "$tree/$package" && "$work/$name.$side" -test.run '^$' -test.bench "$bench" -test.benchmem) >>"$work/$side.txt"
		done
	done
done
.bin/benchstat "$ref=$work/old.txt" "now=$work/new.txt"
