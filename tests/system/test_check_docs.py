"""The check of the docs: the pages pass it, and each kind of false statement is found."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def checker(root: Path) -> ModuleType:
    import sys

    sys.path.insert(0, str(root / "tools"))
    import check_docs

    return check_docs


def _troubles(checker: ModuleType, root: Path, folder: Path, text: str) -> list[str]:
    page = folder / "page.md"
    page.write_text(text, encoding="utf-8")
    return [trouble for _, trouble in checker.troubles(page, root)]


def test_every_page_is_true(checker: ModuleType, root: Path) -> None:
    pages = sorted(checker.all_pages(root))
    assert {"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "ros.md"} <= {page.name for page in pages}
    found = [f"{page.name}:{line}: {trouble}" for page in pages for line, trouble in checker.troubles(page, root)]
    assert not found


FALSE = [
    ("    reloc map bild x --source rosbag2 --out y\n", "bild"),
    ("    reloc map build x --source rosbag --out y\n", "no source rosbag"),
    ("    reloc map build x --source rosbag2 --out y --evry 3\n", "evry"),
    ("    reloc map build x --source rosbag2 --out y --every three\n", "every"),
    ("    reloc map build x --source rosbag2 --out y --split tset\n", "tset"),
    ("    reloc map build x --source rosbag2 \\\n        --outt y\n", "outt"),
    ("```sh\nreloc localize m i.jpg --localizer feature\n```\n", "no localizer feature"),
    ("    reloc map encode m --model exrenet-lite\n", "no model exrenet-lite"),
    ("    reloc replay a.mcap --clok 100\n", "clok"),
    ("Use `reloc map build --evry 3`.\n", "evry"),
    ("Use `reloc map chek`.\n", "chek"),
    ("    reloc-demo run --localiser features\n", "localiser"),
    ("    python benchmarks/soak.py --minuts 3\n", "minuts"),
    ("See `python benchmarks/sok.py`.\n", "sok.py"),
    ("    python tools/lock.py --all\n", "no arguments"),
    ("    python -m reloc_node.parameter_fils\n", "parameter_fils"),
    ("    make tset\n", "no target tset"),
    ("    make test ARG=tests/core\n", "no variable ARG"),
    ("    localizer --ros-args -p gate.look:=3\n", "gate.look"),
    ("    localizer --ros-args -r imgae:=/camera\n", "imgae"),
    ("    ros2 launch reloc_node reloc.launch.py mapp:=/x\n", "mapp"),
    ("    ros2 run reloc_node localiser\n", "localiser"),
    ("    ros2 param set /localizer gate.lookz 4\n", "gate.lookz"),
    ('    ros2 action send_goal /localizer/relocalize reloc_msgs/action/Relocalize "{certainty: 0.9}"\n', "certainty"),
    ("Raise `gate.look_most`.\n", "gate.look_most"),
    ("Set `solvers: matched`.\n", "solvers"),
    ("    /**/localizer:\n      ros__parameters:\n        gate:\n          lookz: 4\n", "gate.lookz"),
    ("    frobnicate the robot\n", "unknown command frobnicate"),
    ("    reloc localize 'm\n", "no shell command"),
    ("```python\nprint(\n```\n", "no Python"),
    ("See [this](nowhere.md).\n", "nowhere.md"),
    ("See [this](page.md#other).\n# One\n", "no heading"),
    ("![picture](gone.png)\n", "gone.png"),
    ("It is in `tools/gone.py`.\n", "tools/gone.py"),
    ("It is in `trust/gates.py`.\n", "trust/gates.py"),
    ("It is in `localizers/camnets/`.\n", "camnets"),
    ("`models/exrenet-light` ships.\n", "models/exrenet-light"),
    ("`exrenet-lights` ships.\n", "exrenet-lights"),
    ("The network exrenet-full ships.\n", "no model exrenet-full"),
    ("    reloc localize m i.jpg --localizer pnlp --param model=models/pnlp-full\n", "models/pnlp-full"),
    ('```python\nRelocalizer.open("m", "pnlp", {"model": "models/pnlp"})\n```\n', "models/pnlp"),
    ("/**/localizer: `model: camnet-classic`\n", "camnet-classic"),
]


@pytest.mark.parametrize(("text", "says"), FALSE, ids=[says for _, says in FALSE])
def test_what_is_false_is_found(checker: ModuleType, root: Path, tmp_path: Path, text: str, says: str) -> None:
    found = _troubles(checker, root, tmp_path, f"# Page\n\n{text}")
    assert len(found) == 1, found
    assert says in found[0]


def test_what_is_true_passes(checker: ModuleType, root: Path, tmp_path: Path) -> None:
    text = """# Page

    reloc map build drive.mcap --source rosbag2 --out office.map     # a comment
    reloc localize office.map photo.jpg --localizer my_package.my_way
    reloc models bench [NAME]
    reloc models verify NAME|MAP
    . .venv/bin/activate
    FOO=bar make test ARGS="-k x"
    ConfigError: unknown parameter 'gate.look'; did you mean 'gate.looks'?

Run `make lint`, `reloc map calibrate` or `python benchmarks/soak.py --minutes 3`.
Set `gate.looks`, `localizer: posenet`; not `numpy.float64`.
See `trust/gate.py`, `localizers/camnet/stages`, `relocalizer.py`, `out/demo/house.map`, [itself](#page).

- a list
    with a line that is no code
"""
    assert _troubles(checker, root, tmp_path, text) == []


def test_the_line_is_named(checker: ModuleType, root: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Page\n\n    make lint\n    make \\\n        lnt\n    make tset\n", encoding="utf-8")
    assert [line for line, _ in checker.troubles(page, root)] == [4, 6]
