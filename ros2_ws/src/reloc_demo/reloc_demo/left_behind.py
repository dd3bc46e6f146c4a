"""Leave the run's map and one of its images under plain names, for the README's lines of Python."""

from __future__ import annotations

import os
from pathlib import Path

from reloc_demo.bags import jpeg
from reloc_demo.referee.recording import Recording

MAP, QUERY = "house.map", "query.jpg"


def leave_behind(out: Path, recording: Recording, reference_map: Path) -> None:
    """Write ``house.map``, a link to the map, and ``query.jpg``, the accepted image with most inliers.

    Args:
        out: folder of the run. A file or link of an earlier run is replaced; without an accepted image, no image is left.
    """
    link = out / MAP
    part = out / f"{MAP}.new"
    part.unlink(missing_ok=True)
    # Relative where the map lies beside it, so that the folder of a run can be moved.
    part.symlink_to(os.path.relpath(reference_map, out) if reference_map.is_relative_to(out) else reference_map)
    part.replace(link)
    query = out / QUERY
    query.unlink(missing_ok=True)
    accepted = [status for status in recording.statuses if status.accepted]
    for status in sorted(accepted, key=lambda s: -s.inliers):
        images = recording.images({status.stamp_ns})
        if images:  # a busy machine may record a status without its image
            query.write_bytes(jpeg(images[status.stamp_ns]))
            return
