"""The README's lines of Python and the notebook do what they promise; the pictures are those that are drawn."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.tiny_world import query_poses, render, small_map


def _lines(root: Path) -> str:
    blocks = re.findall(
        r"^```python\n(.*?)^```", (root / "README.md").read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    assert len(blocks) == 1
    return str(blocks[0])


def _printed(code: str) -> str:
    done = subprocess.run([sys.executable, "-"], input=code, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_readme_is_short(root: Path) -> None:
    assert len((root / "README.md").read_text(encoding="utf-8").splitlines()) <= 150


def test_the_readmes_five_lines_print_a_pose_or_the_reason(root: Path, tmp_path: Path) -> None:
    code = _lines(root)
    lines = [line for line in code.splitlines() if line and not line.startswith(("from ", "import "))]
    assert len(lines) == 5
    map_path, image_path = "out/demo/house.map", "out/demo/query.jpg"
    assert code.count(f'"{map_path}"') == code.count(f'"{image_path}"') == 1
    image = tmp_path / "query.png"
    cv2.imwrite(str(image), cv2.cvtColor(render(query_poses()[1])[0], cv2.COLOR_RGB2BGR))
    here = code.replace(map_path, str(small_map())).replace(image_path, str(image))
    numbers = [float(word) for word in re.findall(r"-?\d\.\d*(?:e[-+]\d+)?", _printed(here))]
    assert len(numbers) == 16 + 36
    pose = np.array(numbers[:16]).reshape(4, 4)
    assert np.linalg.norm(pose[:3, 3] - query_poses()[1][:3, 3]) < 0.05
    cv2.imwrite(str(image), np.zeros_like(render(query_poses()[1])[0]))
    assert _printed(here).startswith("too_few_features ")


def test_the_readmes_five_lines_run_where_make_demo_has_run(root: Path) -> None:
    if not (root / "out" / "demo" / "query.jpg").is_file():
        pytest.skip("`make demo` has left nothing here yet; tests/system/test_demo.py looks at what it leaves")
    done = subprocess.run(
        [sys.executable, "-"], input=_lines(root), capture_output=True, text=True, cwd=root, check=True
    )
    assert done.stdout.startswith("[[")


def test_the_notebook_runs(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs all cells in one namespace, as Jupyter would: the last expression of a cell is shown."""
    pytest.importorskip("embreex", reason="synthetic rooms need Embree")
    notebook = json.loads((root / "docs" / "relocalize.ipynb").read_text(encoding="utf-8"))
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert len(cells) >= 5
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    namespace: dict[str, Any] = {"__name__": "__main__"}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        for number, cell in enumerate(cells):
            exec(compile(cell, f"relocalize.ipynb, cell {number}", "exec"), namespace)
    text = printed.getvalue()
    assert "Localized" in text
    assert "True tracking" in text  # a look of the stream was accepted
    assert "too_few_features" in text
    assert os.environ["MPLBACKEND"] == "Agg"


def test_the_flow_is_drawn_the_same_each_time(root: Path, tmp_path: Path) -> None:
    command = [sys.executable, str(root / "tools" / "draw_flow.py"), "--out"]
    for name in ("a.png", "b.png"):
        subprocess.run([*command, str(tmp_path / name)], check=True)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    pinned = dict(
        line.split("==") for line in (root / "requirements" / "constraints.txt").read_text().split() if "==" in line
    )
    if version("matplotlib") == pinned["matplotlib"]:  # a ROS install has another one
        drawn, shown = cv2.imread(str(tmp_path / "a.png")), cv2.imread(str(root / "docs" / "flow.png"))
        np.testing.assert_array_equal(drawn, shown, err_msg="run `python tools/draw_flow.py`")
