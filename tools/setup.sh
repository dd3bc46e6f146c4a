#!/usr/bin/env bash
# Set everything up. `make setup` calls this. It is safe to call again: finished steps are skipped.
# PYTHON=/path/to/python chooses another interpreter. With --demo, the demo's system packages are required, too.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/system_packages.sh

need_demo=""
[ "${1:-}" = "--demo" ] && need_demo=yes

find_python
find_tools
find_demo_libraries
if [ ${#problems[@]} -gt 0 ] || { [ -n "$need_demo" ] && [ ${#demo_problems[@]} -gt 0 ]; }; then
    report_problems >&2
    exit 1
fi
[ ${#demo_problems[@]} -eq 0 ] || echo "reloc set-up: note: ${demo_problems[0]}: $(install_line "${demo_packages[@]}")"
exec "$python" tools/setup_env.py
