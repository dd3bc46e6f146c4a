"""Which parameters each node has: the one list that the files, the table and the check of unknown names are made of."""

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
LOCALIZER, MAP_SERVER = "localizer", "map_server"
NODES = (LOCALIZER, MAP_SERVER)
Group = tuple[str, type]  # a prefix and the dataclass whose parameters it has

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
    """The groups that a node has whatever its method."""
    return _OWN[node]


def method_groups(node: str) -> list[Group]:
    """The groups of reloc's methods, for the node that has one; it uses those of the chosen method."""
    methods = plugins.names(METHODS) if node == LOCALIZER else ()
    return [(name, plugins.load(METHODS, name).Config) for name in methods]


def groups(node: str) -> list[Group]:
    """All groups of a node."""
    return [*own_groups(node), *method_groups(node)]


def named(group: Group) -> Iterator[tuple[str, Parameter]]:
    """The parameters of a group by their full names, ``gate.looks``."""
    prefix, cls = group
    for p in parameters(cls):
        yield f"{prefix}.{p.name}" if prefix else p.name, p
