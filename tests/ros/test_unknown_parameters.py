"""A parameter that nobody declares is refused at start, with the nearest name; what anybody declares is not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import rclpy
from support.nodes import start_node
from support.processes import Processes

from reloc.errors import ConfigError
from reloc_node.localizer_node import LocalizerNode
from reloc_node.managed_node import ManagedNode
from reloc_node.map_server_node import MapServerNode

NODES = {"localizer": LocalizerNode, "reloc_map_server": MapServerNode}


@pytest.fixture(autouse=True)
def end_ros() -> Iterator[None]:
    """End the context of a node that was refused half-made; tests/conftest.py frees the node itself."""
    yield
    rclpy.try_shutdown()


def make(node: str, *arguments: str) -> ManagedNode:
    """A node as its process makes it, with these arguments after ``--ros-args``."""
    rclpy.init(args=["--ros-args", *arguments])
    return NODES[node]()


def given(*pairs: str) -> list[str]:
    return [part for pair in pairs for part in ("-p", pair)]


def refused(node: str, *arguments: str) -> str:
    try:
        make(node, *arguments).destroy_node()
    except ConfigError as error:
        text = str(error)  # the error itself holds the node that raised it
    else:
        pytest.fail(f"{node} accepts {arguments}")
    assert "\n" not in text
    return text


@pytest.mark.parametrize(
    ("node", "pair", "near"),
    [
        ("localizer", "gate.look:=3", "gate.looks"),
        ("localizer", "gates.looks:=3", "gate.looks"),
        ("localizer", "tf_mod:=none", "tf_mode"),
        ("localizer", "verification.rivls:=1", "verification.rivals"),
        ("localizer", "seed.near:=0.3", "seed.near_m"),
        ("localizer", "relocalize.time_out:=3.0", "relocalize.timeout"),
        ("localizer", "features.max_error:=3.0", "features.max_error_px"),
        ("localizer", "posenet.modle:=x", "posenet.model"),  # of a method that is not chosen
        ("localizer", "exrenet_features.max_ratio:=0.8", "features.max_ratio"),  # taken from features
        ("reloc_map_server", "page_byte:=4096", "page_bytes"),
    ],
)
def test_the_nearest_name_is_offered(node: str, pair: str, near: str) -> None:
    name = pair.partition(":=")[0]
    assert refused(node, *given(pair)) == f"unknown parameter {name!r}; did you mean {near!r}?"


def test_a_name_like_no_other_and_two_at_once() -> None:
    text = refused("localizer", *given("robot_radius:=0.3", "gate.look:=3"))
    assert "unknown parameter 'robot_radius'; localizer has none like it" in text
    assert "docs/parameters.md" in text
    assert "unknown parameter 'gate.look'; did you mean 'gate.looks'?" in text


@pytest.mark.parametrize(
    ("block", "node", "is_refused"),
    [
        ("/**", "localizer", True),
        ("/**", "reloc_map_server", True),  # it is a name of neither node
        ("/**/localizer", "localizer", True),
        ("localizer", "localizer", True),
        ("/localizer", "localizer", True),
        ("/**/reloc_map_server", "localizer", False),
        ("/robot/localizer", "localizer", False),  # of another namespace
        ("amcl", "localizer", False),
    ],
)
def test_in_a_file_only_what_applies_to_this_node_counts(
    block: str, node: str, is_refused: bool, tmp_path: Path
) -> None:
    file = tmp_path / "params.yaml"
    file.write_text(f"{block}:\n  ros__parameters:\n    gate:\n      look: 3\n")
    if is_refused:
        assert "unknown parameter 'gate.look'" in refused(node, "--params-file", str(file))
    else:
        make(node, "--params-file", str(file)).destroy_node()


def test_what_anybody_declares_is_accepted(root: Path, tmp_path: Path) -> None:
    """Both files of the repository, the other node's parameters under a wildcard, ROS's own, other methods' ones."""
    params = root / "launch" / "params"
    shared = tmp_path / "shared.yaml"
    shared.write_text(
        "/**:\n  ros__parameters:\n    use_sim_time: false\n    page_bytes: 4096\n    tf_mode: none\n"
        "    start_type_description_service: true\n"
        "    qos_overrides: {/parameter_events: {publisher: {depth: 10}}}\n"
        "amcl:\n  ros__parameters:\n    alpha1: 0.2\n"
    )
    files = [text for file in (params / "reloc.yaml", params / "reloc_expert.yaml", shared)
             for text in ("--params-file", str(file))]  # fmt: skip
    for node in NODES:
        made = make(node, *files, *given("posenet.model:=other"))
        assert not made.has_parameter("posenet.model")  # known, but only the chosen method's are declared
        if node == "localizer":
            assert made.get_parameter("tf_mode").value == "none"
            assert made.get_parameter("features.candidates").value == 30
        made.destroy_node()
        rclpy.try_shutdown()


def test_a_method_of_another_package_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_lab").mkdir()
    (tmp_path / "my_lab" / "__init__.py").touch()
    (tmp_path / "my_lab" / "mine.py").write_text(
        "from reloc.localizers.features import Features\nclass Mine(Features):\n    '''Mine.'''\nPLUGIN = Mine\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    make("localizer", *given("my_lab.mine.candidates:=9")).destroy_node()
    rclpy.try_shutdown()
    chosen = make("localizer", *given("my_lab.mine.candidates:=9", "localizer:=my_lab.mine"))
    assert chosen.get_parameter("my_lab.mine.candidates").value == 9
    chosen.destroy_node()
    rclpy.try_shutdown()
    assert "unknown parameter 'my_lab.mine.candidate'" in refused("localizer", *given("my_lab.mine.candidate:=9"))


def test_parameters_of_features_reach_the_method_that_contains_it() -> None:
    """By the name of the file, however the method's own name is written."""
    node = make(
        "localizer",
        *given("localizer:=exrenet+features", "features.max_ratio:=0.7", "exrenet_features.neighbours:=4"),
    )
    values = node._method.values("exrenet+features")
    assert (values["max_ratio"], values["neighbours"]) == (0.7, 4)
    node.set_parameters([rclpy.Parameter("features.max_ratio", value=0.6)])
    assert node._method.values("exrenet+features")["max_ratio"] == 0.6
    assert not node.has_parameter("exrenet_features.max_ratio")
    node.destroy_node()


@pytest.mark.parametrize(("node", "pair"), [("localizer", "gate.look"), ("map_server", "maps")])
def test_the_process_ends_with_status_1_and_one_line(processes: Processes, node: str, pair: str) -> None:
    process = start_node(processes, node, parameters={pair: "3"}, ready=None, cold=True)
    assert process.wait(30) == 1
    lines = [line for line in process.output.splitlines() if line.strip()]
    assert len(lines) == 1, process.output
    assert f"unknown parameter {pair!r}; did you mean " in lines[0]


@pytest.mark.parametrize("node", ["localizer", "map_server"])
def test_a_map_that_does_not_exist_is_one_line_with_the_fix(processes: Processes, node: str, tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    process = start_node(processes, node, parameters={"map": nowhere}, ready=None)
    process.wait_for(rf"MapNotFoundError: No map at {nowhere}\. .*$")
    assert "Traceback" not in process.output
    assert "reloc map build" in process.output
