"""Write the run's map and one of its images under simple names, for the Python example of the README."""

from __future__ import annotations

import os
from pathlib import Path

from reloc.maps import layout
from reloc_demo.bags import jpeg
from reloc_demo.referee.recording import Recording

MAP, QUERY = "house.map", "query.jpg"
_NEEDED = layout.arrays_folder(f"{layout.RETRIEVAL}/vlad")  # by `features`, the method of those lines


def leave_behind(out: Path, recording: Recording, reference_map: Path) -> None:
    """Write ``house.map``, a link to the map, and ``query.jpg``, the accepted image with most inliers.

    Those of an earlier run are replaced. There is no link to a map that ``features`` cannot use, and no image if none
    was accepted.

    Args:
        out: folder of the run.
    """
    if (reference_map / _NEEDED).is_dir():
        part = out / f"{MAP}.new"
        part.unlink(missing_ok=True)
        # The link is relative if the map is in the run's folder, so that the folder can be moved.
        part.symlink_to(os.path.relpath(reference_map, out) if reference_map.is_relative_to(out) else reference_map)
        part.replace(out / MAP)
    query = out / QUERY
    query.unlink(missing_ok=True)
    accepted = [status for status in recording.statuses if status.accepted]
    for status in sorted(accepted, key=lambda s: -s.inliers):
        images = recording.images({status.stamp_ns})
        if images:  # a busy machine may record a status without its image
            query.write_bytes(jpeg(images[status.stamp_ns]))
            return
