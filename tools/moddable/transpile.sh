#!/bin/sh
# Stands in for `tsc -p <config of one file>` in the makefiles of mcconfig: types are checked once for all files
# (sdk.ts), and esbuild makes each file's JavaScript in 10 ms where tsc takes seconds.
set -e
source=$(sed -n 's/^[[:space:]]*"\(.*\.ts\)"$/\1/p' "$2")
out=$(sed -n 's/.*"outDir": "\(.*\)".*/\1/p' "$2")${source%.ts}.js
"$ESBUILD" "$source" --sourcemap --target=es2022 --log-level=warning --outfile="$out"
# The firmware's tables of constants: what is not frozen costs pointers in RAM, and could keep state though none may be kept.
# The apps that test TLS keep some.
case "$source" in */firmware/* | */boards/*)
  sed -En 's/^(export )?const ([A-Za-z0-9_$]+) = [[{].*/Object.freeze(\2, true);/p' "$out" >"$out.frozen"
  cat "$out.frozen" >>"$out"
  rm "$out.frozen"
esac
# A file of types alone: xsc 8.2.3 crashes on a source map without sources.
if grep -q '"sources": \[\]' "$out.map"; then echo 'export {}' >"$out"; fi
