#!/bin/sh
# Stands in for the C compiler and the archiver of a phone: compiles nothing, and only creates the file
# that it was to write, after which the build scripts of C libraries go on.
previous=
for word; do
    if [ "$previous" = -o ]; then : > "$word"; fi
    case $word in *.a) : > "$word" ;; esac
    previous=$word
done
