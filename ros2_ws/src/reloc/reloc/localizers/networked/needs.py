"""What a map must hold so that a localizer can be used in it: found before a map is built."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reloc import plugins
from reloc.localizers.networked import map_networks
from reloc.localizers.networked.map_networks import PACKAGE, MapNetworks


@dataclass(frozen=True, slots=True)
class Needs:
    """Of one localizer with its default parameters."""

    localizer: str
    retrieval: str  # name of the global descriptor; empty if it needs none
    networks: MapNetworks | None  # that encode the references

    @classmethod
    def of(cls, localizer: str, model: str | None = None) -> Needs:
        """Look it up.

        Args:
            localizer: its name, or its dotted path.
            model: networks that are to encode the references; None or empty: those that ship for the localizer.

        Raises:
            PluginError, DependencyError: there is no such localizer, or it cannot be loaded.
            ModelError: there are no such networks, or they are not whole.
        """
        plugin: Any = plugins.load(PACKAGE, localizer)
        networks: MapNetworks | None = None
        if model:
            networks = map_networks.named(model)
        elif plugin.networks is not None:
            networks = plugin.networks.named(plugin.networks.shipped)
        return cls(localizer, getattr(plugin.Config(), "retrieval", ""), networks)

    def with_retrieval(self, chosen: str) -> str:
        """Names of descriptors, separated by commas: ``chosen``, and what is needed besides."""
        names = [name.strip() for name in chosen.split(",") if name.strip()]
        return ",".join(names if not self.retrieval or self.retrieval in names else [*names, self.retrieval])
