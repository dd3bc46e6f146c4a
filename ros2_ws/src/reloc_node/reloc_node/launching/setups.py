"""Convert launch arguments to nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reloc.errors import ConfigError
from reloc_node.launching.arguments import PROFILES, is_true
from reloc_node.launching.node_setup import NodeSetup, Value
from reloc_node.parameter_groups import LOCALIZER, MAP_SERVER

_TOPIC = "map_info"


def setups(given: Mapping[str, str], params_file: str, profile_folder: str) -> tuple[NodeSetup, ...]:
    """Return the nodes of reloc.launch.py: the localizer, and the map server if there is a map to serve.

    Args:
        given: the values of all arguments of :mod:`reloc_node.launching.arguments`.
        params_file: parameters of both nodes, which everything else overrides; may be empty.
        profile_folder: folder of the profiles' files.

    Raises:
        ConfigError: there is no such profile.
    """
    localizer = localizer_setup(given, params_file, profile_folder)
    if given["map"] and is_true(given["serve"]):
        return map_server_setup(given, params_file, profile_folder), localizer
    return (localizer,)


def localizer_setup(given: Mapping[str, str], params_file: str, profile_folder: str) -> NodeSetup:
    """Return the localizer."""
    names = (
        *("map", "map_server", "image_transport", "localizer", "tf_mode"),
        *("map_frame", "odom_frame", "base_frame", "camera_frame"),
    )
    chosen: dict[str, Value] = {name: given[name] for name in names if given[name]}
    remaps = {"image": given["image"], "camera_info": given["camera_info"]}
    remaps |= {"/tf": given["tf"], "/tf_static": given["tf_static"], _TOPIC: announced(given)}
    return replace(
        _common(given, params_file, profile_folder),
        executable=LOCALIZER,
        name=LOCALIZER,
        parameters=_both(given) | chosen,
        remappings=_changed(remaps),
    )


def map_server_setup(given: Mapping[str, str], params_file: str, profile_folder: str) -> NodeSetup:
    """Return the map server. If its name has a namespace, it is started there."""
    namespace, _, name = given["map_server"].rpartition("/")
    common = _common(given, params_file, profile_folder)
    if given["map_server"].startswith("/"):
        common = replace(common, namespace=namespace)
    return replace(
        common,
        executable=MAP_SERVER,
        name=name or MAP_SERVER,
        parameters=_both(given) | {"map": given["map"]},
        remappings=_changed({_TOPIC: given["map_info"]}),
    )


def announced(given: Mapping[str, str]) -> str:
    """Return the topic on which the map server announces its map. The map server may be in another namespace."""
    namespace, slash, _ = given["map_server"].rpartition("/")
    return given["map_info"] or (f"{namespace}{slash}{_TOPIC}" if slash else "")


def _common(given: Mapping[str, str], params_file: str, profile_folder: str) -> NodeSetup:
    profile = given["profile"]
    if profile not in PROFILES:
        raise ConfigError(f"profile:={profile}", f"Profiles: {', '.join(filter(None, PROFILES))}")
    files = [params_file, f"{profile_folder}/{profile}.yaml" if profile else "", given["expert_params_file"]]
    return NodeSetup("", "", given["namespace"], tuple(filter(None, files)), log_level=given["log_level"])


def _both(given: Mapping[str, str]) -> dict[str, Value]:
    return {"use_sim_time": is_true(given["use_sim_time"]), "autostart": is_true(given["autostart"])}


def _changed(remaps: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((old, new) for old, new in remaps.items() if new and new != old)
