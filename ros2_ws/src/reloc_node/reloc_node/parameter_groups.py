"""The list of each node's parameters, for the files, the table and the check of unknown names."""

from __future__ import annotations

from collections.abc import Iterator

from reloc import plugins
from reloc.config import Parameter, parameters
from reloc.trust.gate_config import GateConfig
from reloc.trust.verification import VerificationConfig
from reloc_node.config import LocalizerNodeConfig, MapServerConfig
from reloc_node.outputs.seed_config import SeedConfig
from reloc_node.relocalize.config import RelocalizeConfig

METHODS = "reloc.localizers"
LOCALIZER, MAP_SERVER = "localizer", "reloc_map_server"  # the names of the nodes; Nav2 has a node map_server
NODES = (LOCALIZER, MAP_SERVER)
Group = tuple[str, type]  # a prefix and the dataclass that defines its parameters

_OWN: dict[str, tuple[Group, ...]] = {
    LOCALIZER: (
        ("", LocalizerNodeConfig),
        ("gate", GateConfig),
        ("verification", VerificationConfig),
        ("relocalize", RelocalizeConfig),
        ("seed", SeedConfig),
    ),
    MAP_SERVER: (("", MapServerConfig),),
}


def own_groups(node: str) -> tuple[Group, ...]:
    """Return the groups that a node has with every method."""
    return _OWN[node]


def method_groups(node: str) -> list[Group]:
    """Return the groups of reloc's methods for the node that uses a method. It uses the groups of the chosen method."""
    methods = plugins.names(METHODS) if node == LOCALIZER else ()
    return [(name, plugins.load(METHODS, name).Config) for name in methods]


def groups(node: str) -> list[Group]:
    """Return all groups of a node."""
    return [*own_groups(node), *method_groups(node)]


def named(group: Group) -> Iterator[tuple[str, Parameter]]:
    """Return the parameters of a group by their full names, such as ``gate.looks``."""
    prefix, cls = group
    for p in parameters(cls):
        yield f"{prefix}.{p.name}" if prefix else p.name, p
