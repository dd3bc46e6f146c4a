"""Check that a map can be opened, and describe it."""

from __future__ import annotations

from pathlib import Path

from reloc.doctor.finding import CheckResult, CheckState
from reloc.errors import RelocError


def check_map(path: Path) -> list[CheckResult]:
    """Open the map with all its hashes checked."""
    from reloc.maps.reference_map import ReferenceMap

    try:
        opened = ReferenceMap.open(path, verify=True)
    except RelocError as error:
        return [CheckResult("map", str(path), CheckState.PROBLEM, error.problem, fix=error.fix, essential=True)]
    landmarks = f"{len(opened.landmarks)} landmarks" if opened.has_landmarks else "no landmarks"
    detail = f"{len(opened)} references, {landmarks}, hash {opened.content_hash[:12]}"
    return [CheckResult("map", str(path), CheckState.OK, detail, essential=True)]
