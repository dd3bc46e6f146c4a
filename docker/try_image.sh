#!/usr/bin/env bash
# Inside the CPU image: does it find its parts, localize an image, run the nodes, and stop at its stop signal?
# Usage: try_image.sh "HEALTH CHECK COMMAND"; /tests is the repository's tests/.
set -euo pipefail
health=$1
cd /maps
export ROS_AUTOMATIC_DISCOVERY_RANGE=LOCALHOST

echo "== user: $(id -un), uid $(id -u)"
[ "$(id -u)" != 0 ] || { echo "the image runs as root" >&2; exit 1; }

echo "== reloc doctor"
reloc doctor

echo "== reloc localize"
PYTHONPATH=/tests python - <<'PYTHON'
import cv2
from support.tiny_world import build_small_map, query_poses, render

build_small_map("house.map")
cv2.imwrite("photo.png", render(query_poses()[0])[0][..., ::-1])
PYTHON
reloc localize house.map photo.png

echo "== reloc run, and its health check: $health"
# What bash starts in the background ignores SIGINT, unless it is told otherwise; what Docker starts does not.
env --default-signal=INT reloc run house.map >nodes.log 2>&1 &
nodes=$!
begin=$SECONDS healthy=""
until [ -n "$healthy" ] || [ $((SECONDS - begin)) -gt 180 ]; do
    ! $health || healthy=yes
    kill -0 "$nodes" 2>/dev/null || break
done
if [ -z "$healthy" ]; then
    cat nodes.log
    echo "the health check did not pass" >&2
    exit 1
fi
echo "healthy after $((SECONDS - begin)) s"
kill -INT "$nodes"
wait "$nodes" || { echo "reloc run ended with status $? at SIGINT" >&2; exit 1; }
echo "stopped in order by SIGINT"
! $health >/dev/null 2>&1 || { echo "the health check passes without nodes" >&2; exit 1; }
