"""The launch files: compiled everywhere; where launch is installed (a ROS machine), also evaluated."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not there: run `make setup`")

from reloc_node.parameter_groups import MAP_SERVER

NAME = "reloc.launch.py"


@pytest.fixture
def file(root: Path) -> Path:
    return root / "launch" / NAME


def load(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("reloc_launch", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ALL = ("reloc", "map_server", "replay", "nav2_seed")


@pytest.mark.parametrize("name", ALL)
def test_it_compiles_and_is_installed_with_the_node(root: Path, name: str) -> None:
    file = root / "launch" / f"{name}.launch.py"
    compile(file.read_text(), str(file), "exec")
    assert (root / "ros2_ws/src/reloc_node/launch" / file.name).resolve() == file.resolve()


def has_launch() -> bool:
    """Whether it is ROS's launch: another project has the name on PyPI."""
    try:
        return importlib.util.find_spec("launch.actions") is not None and bool(importlib.util.find_spec("launch_ros"))
    except ImportError:
        return False


@pytest.mark.skipif(not has_launch(), reason="launch and launch_ros are not installed: they come with ROS")
@pytest.mark.parametrize("name", ALL)
def test_all_say_what_they_take(root: Path, name: str) -> None:
    description = load(root / "launch" / f"{name}.launch.py").generate_launch_description()
    declared = {argument.name for argument in description.get_launch_arguments()}
    own = {
        "reloc": {"map", "image", "base_frame", "tf"},
        "map_server": {"map", "map_server"},
        "replay": {"bag", "image"},
    }
    assert declared >= own.get(name, set())


@pytest.mark.skipif(not has_launch(), reason="launch and launch_ros are not installed: they come with ROS")
@pytest.mark.parametrize(
    ("given", "executables"),
    [
        ({}, ["localizer"]),
        ({"map": "/maps/office"}, [MAP_SERVER, "localizer"]),
        ({"map": "/maps/office", "serve": "false"}, ["localizer"]),
    ],
)
def test_which_nodes_it_starts(file: Path, given: dict[str, str], executables: list[str]) -> None:
    from launch import LaunchContext

    module = load(file)
    description = module.generate_launch_description()
    declared = {argument.name for argument in description.get_launch_arguments()}
    assert declared >= {"namespace", "use_sim_time", "map", "image", "camera_info", "params_file", "expert_params_file"}
    context = LaunchContext()
    defaults = {name: value for name, (value, _) in module.ARGUMENTS.items()}
    context.launch_configurations.update(defaults | {"params_file": "/tmp/params.yaml"} | given)
    assert [node.node_executable for node in module.nodes(context)] == executables
