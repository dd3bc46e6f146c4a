#!/usr/bin/env bash
# Set everything up: `make setup` calls this. Safe to call again: what is there and unchanged is left alone.
# PYTHON=/path/to/python chooses another interpreter.
set -euo pipefail
cd "$(dirname "$0")/.."

missing() {
    echo "reloc set-up: $1" >&2
    exit 1
}

works() { "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' 2>/dev/null; }

python=""
for candidate in ${PYTHON:-python3.12 python3.11 python3}; do
    # A command may be a stub for a version that is not there: only what runs counts.
    if command -v "$candidate" >/dev/null && works "$candidate"; then
        python=$candidate
        break
    fi
done
if [ -x .venv/bin/python ] && [ -z "${PYTHON:-}" ] && works .venv/bin/python; then
    python=.venv/bin/python # an environment that works keeps its interpreter
fi
[ -n "$python" ] || missing "no Python 3.11 or 3.12 with its venv module.
Install one (Debian, Ubuntu: apt install python3 python3-venv python3-dev), or name it: make setup PYTHON=/path/to/python3.12"
for tool in gcc g++ make; do
    command -v "$tool" >/dev/null || missing "no $tool. Install a compiler (Debian, Ubuntu: apt install build-essential)"
done
exec "$python" tools/setup_env.py
