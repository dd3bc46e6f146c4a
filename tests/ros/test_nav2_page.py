"""The parameters that docs/nav2.md shows are those that the nodes take."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import rclpy
import yaml

from reloc.config import parameters
from reloc.trust.gate_config import GateConfig
from reloc_node.localizer_node import LocalizerNode
from reloc_node.map_server_node import MapServerNode

NODES = {"localizer": LocalizerNode, "reloc_map_server": MapServerNode}
_TESTED = re.compile(r"<!-- tested: ([\w, ]+) -->\n```yaml\n(.*?)```", re.DOTALL)


def snippets() -> list[tuple[str, str]]:
    text = (Path(__file__).parents[2] / "docs" / "nav2.md").read_text()
    return [(node.strip(), found[2]) for found in _TESTED.finditer(text) for node in found[1].split(",")]


def flat(values: dict, prefix: str = "") -> dict:
    out = {}
    for name, value in values.items():
        out |= flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value}
    return out


@pytest.mark.parametrize(("kind", "text"), snippets())
def test_a_node_takes_the_snippet(kind: str, text: str, tmp_path: Path) -> None:
    file = tmp_path / "params.yaml"
    file.write_text(text)
    rclpy.init(args=["--ros-args", "--params-file", str(file)])
    try:
        node = NODES[kind]()
        (block,) = yaml.safe_load(text).values()
        for name, value in flat(block["ros__parameters"]).items():
            assert node.get_parameter(name).value == value, name
        node.destroy_node()
    finally:
        rclpy.try_shutdown()


def test_there_are_snippets_and_each_limit_of_coasting_is_on_the_page() -> None:
    assert len(snippets()) >= 5
    text = (Path(__file__).parents[2] / "docs" / "nav2.md").read_text()
    assert {p.name for p in parameters(GateConfig) if p.name.startswith("coast_")} == set(
        re.findall(r"gate\.(coast_\w+)", text)
    )
