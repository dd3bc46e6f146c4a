"""The localizer of CONTRIBUTING.md as a package that can be imported, exactly as it stands there."""

from __future__ import annotations

import functools
import re
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOTTED = "my_package.my_way"


@functools.cache
def example_folder() -> Path:
    """A folder that holds ``my_package/my_way.py``; it is put on ``sys.path`` and removed when the process ends."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    blocks = [
        block for block in re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE) if "Localizer" in block
    ]
    assert len(blocks) == 1, "CONTRIBUTING.md shows one localizer"
    kept = tempfile.TemporaryDirectory(prefix="reloc-contributing-")
    _KEPT.append(kept)
    package = Path(kept.name) / "my_package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "my_way.py").write_text(blocks[0], encoding="utf-8")
    sys.path.append(kept.name)
    return Path(kept.name)


_KEPT: list[tempfile.TemporaryDirectory[str]] = []
