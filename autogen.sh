#!/bin/sh
# Makes ./configure from a clone.
set -e
cd "$(dirname "$0")"
exec autoreconf --install --warnings=all
