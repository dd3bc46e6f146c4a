"""Find what a map must contain for a localizer, before the map is built."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reloc import plugins
from reloc.localizers.networked import map_networks
from reloc.localizers.networked.map_networks import PACKAGE, MapNetworks


@dataclass(frozen=True, slots=True)
class Needs:
    """The needs of one localizer with its default parameters."""

    localizer: str
    retrieval: str  # name of the global descriptor; empty if it needs none
    networks: MapNetworks | None  # the networks that encode the references; None if it needs none

    @classmethod
    def of(cls, localizer: str, model: str | None = None) -> Needs:
        """Return the needs of a localizer.

        Args:
            localizer: name or dotted path of the localizer.
            model: networks that encode the references; None or empty uses those that ship for the localizer.

        Raises:
            PluginError, DependencyError: there is no such localizer, or it cannot be loaded.
            ModelError: there are no such networks, or they are incomplete.
        """
        plugin: Any = plugins.load(PACKAGE, localizer)
        networks: MapNetworks | None = None
        if model:
            networks = map_networks.named(model)
        elif plugin.networks is not None:
            networks = plugin.networks.named(plugin.networks.shipped)
        return cls(localizer, getattr(plugin.Config(), "retrieval", ""), networks)

    def with_retrieval(self, chosen: str) -> str:
        """Return names of descriptors, separated by commas: ``chosen``, and the one that the localizer needs."""
        names = [name.strip() for name in chosen.split(",") if name.strip()]
        return ",".join(names if not self.retrieval or self.retrieval in names else [*names, self.retrieval])
