# Shared by the scripts beside it: where things are, quiet runs, loud skips. Source it, do not run it.
# shellcheck shell=bash
REPO=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
TARGET=${CARGO_TARGET_DIR:-$REPO/target}
case $TARGET in /*) ;; *) TARGET=$PWD/$TARGET ;; esac
export CARGO_TARGET_DIR=$TARGET
OUT=$TARGET/bindings # everything generated and staged; never inside the source folders
mkdir -p "$OUT"

# quiet LOG COMMAND... : silent when it works, the whole log when it does not.
quiet() {
  local log=$OUT/$1.log
  shift
  if ! "$@" >"$log" 2>&1; then
    cat "$log" >&2
    echo "failed: $*" >&2
    return 1
  fi
}

# skip WHAT WHY COMMAND : a check that cannot run here. Never silent, never a pass: exit 77 (the usual "skipped"),
# and on CI a failure unless FOODLENS_ALLOW_SKIP=1.
skip() {
  {
    echo "SKIPPED: $1 NOT CHECKED, $2."
    echo "         Check it elsewhere with: $3"
  } >&2
  if [[ ${CI:-} == true && ${FOODLENS_ALLOW_SKIP:-} != 1 ]]; then
    echo "         On CI this is a failure; FOODLENS_ALLOW_SKIP=1 allows it." >&2
    exit 1
  fi
  exit 77
}

# For the profile of phones: what no statement of the core uses is left out of SQLite.
SMALL_SQLITE="-USQLITE_ENABLE_FTS3 -USQLITE_ENABLE_FTS3_PARENTHESIS -USQLITE_ENABLE_RTREE -USQLITE_ENABLE_COLUMN_METADATA
-USQLITE_ENABLE_LOAD_EXTENSION -DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_OMIT_SHARED_CACHE -DSQLITE_OMIT_AUTHORIZATION
-DSQLITE_OMIT_DEPRECATED"

# built_for FOLDER FEATURES : before a build of the library into FOLDER (a profile's, below the target folder). Cargo calls it
# the same whatever its features, and would take the one of other features, built in between, for its own.
built_for() {
  local mark=$1/deps/foodlens-features
  [[ -f $mark && $(<"$mark") == "$2" ]] || rm -f "$1"/deps/libfoodlens_ffi.{so,dylib}
  mkdir -p "$1/deps"
  echo "$2" >"$mark"
}

# The library as the benches of the bindings measure it, into $OUT/bench: optimised as a release is, in the build that `make bench`
# has begun with (that of phones is made for size by a whole build of its own). With the test hooks, since the generated code names them.
bench_library() {
  built_for "$TARGET/release" test-hooks
  cargo rustc -q --manifest-path "$REPO/bindings/Cargo.toml" --release --lib --crate-type cdylib --features test-hooks
  mkdir -p "$OUT/bench"
  cp "$TARGET"/release/libfoodlens_ffi.* "$OUT/bench/"
}

checksum() { if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi; }

# Where cargo puts the library of this machine.
host_library() {
  local file
  for file in "$TARGET"/debug/libfoodlens_ffi.{so,dylib}; do
    [[ -f $file ]] && echo "$file" && return
  done
  echo "no host library in $TARGET/debug" >&2
  return 1
}

# The real reference server, which the tests start as a child process.
test_server() {
  cargo build -q --manifest-path "$REPO/Cargo.toml" -p foodlens-server >&2
  echo "$TARGET/debug/foodlens-server"
}

# replace FILE : stdin into FILE, untouched when nothing changed (build tools go by time stamps).
replace() {
  mkdir -p "$(dirname "$1")"
  cat >"$1.new"
  if cmp -s "$1.new" "$1"; then rm "$1.new"; else mv "$1.new" "$1"; fi
}
