"""The parameter files and the table: made of the dataclasses, short where a user reads, whole together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

pytest.importorskip("rclpy", reason="ROS 2 is not there: run `make setup`")

from reloc.config import from_mapping, parameters
from reloc_node import parameter_files
from reloc_node.parameter_files import BASIC_FILE, EXPERT_FILE, TABLE
from reloc_node.parameter_groups import NODES, groups, named
from reloc_node.parameters import descriptor

MOST_SHOWN = 30


@pytest.fixture
def folder(root: Path) -> Path:
    return root / "launch" / "params"


def flat(tree: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, value in tree.items():
        out |= flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return out


def read(file: Path) -> dict[str, dict[str, Any]]:
    """Values by node and full name."""
    content = yaml.safe_load(file.read_text())
    return {name.removeprefix("/**/"): flat(block["ros__parameters"]) for name, block in content.items()}


def test_they_are_what_the_dataclasses_say(folder: Path) -> None:
    for path, text in parameter_files.files(folder).items():
        assert path.read_text() == text, f"{path} is old: run `python -m reloc_node.parameter_files`"


def test_a_user_sees_few_and_together_all_stand_once(folder: Path) -> None:
    basic, expert = read(folder / BASIC_FILE), read(folder / EXPERT_FILE)
    assert len(parameter_files.shown()) <= MOST_SHOWN
    assert sum(map(len, basic.values())) <= MOST_SHOWN
    for node in NODES:
        assert not basic[node].keys() & expert[node].keys()
        every = {name: p.default for group in groups(node) for name, p in named(group)}
        assert basic[node] | expert[node] == every
        assert {name: type(value) for name, value in (basic[node] | expert[node]).items()} == {
            name: type(value) for name, value in every.items()
        }


def test_what_networks_have_alike_is_shown_once(folder: Path) -> None:
    """Commented out, because only one method is chosen; without the comment signs it is valid and known."""
    lines = (folder / BASIC_FILE).read_text().splitlines()
    begin = next(i for i, line in enumerate(lines) if line.strip() == "# posenet:")
    block = []
    for line in lines[begin:]:
        if not line.startswith("    # "):
            break
        block.append(line[:4] + line[6:])
    values = flat(yaml.safe_load("\n".join(block)))
    assert set(values) == {"posenet.model", "posenet.backend", "posenet.precision"}
    prefix, config = next(group for group in groups("localizer") if group[0] == "posenet")
    from_mapping(config, {name.removeprefix(f"{prefix}."): value for name, value in values.items()})


def test_no_parameter_stands_under_two_methods_that_share_it() -> None:
    by_prefix = dict(groups("localizer"))
    assert [p.name for p in parameters(by_prefix["exrenet_features"])] == [
        "model",
        "backend",
        "precision",
        "neighbours",
    ]


def test_the_table_marks_experts_and_names_every_parameter(folder: Path) -> None:
    rows = [line for line in (folder / TABLE).read_text().splitlines() if line.startswith("| `")]
    every = [(name, p) for node in NODES for group in groups(node) for name, p in named(group)]
    assert len(rows) == len(every)
    for row, (name, p) in zip(rows, every, strict=True):
        assert row.startswith(f"| `{name}` |")
        assert row.endswith("| expert |") == p.expert
        assert p.doc.replace("|", "/") in row


def test_ros2_param_describe_says_unit_range_and_expert() -> None:
    by_name = {name: p for group in groups("localizer") for name, p in named(group)}
    assert descriptor(by_name["gate.agree_m"]).additional_constraints == "unit m; 0 to 10; expert"
    assert descriptor(by_name["gate.looks"]).additional_constraints == "1 to 50"
    assert descriptor(by_name["gate.looks"]).description == by_name["gate.looks"].doc
