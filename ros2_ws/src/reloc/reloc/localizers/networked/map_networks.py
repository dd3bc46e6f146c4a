"""Networks that belong together, one of which encodes the references of a map: found by name, whatever their kind."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol, Self

from reloc import plugins
from reloc.errors import DependencyError, ModelFormatError, ModelNotFoundError
from reloc.maps.reference_map import ReferenceMap
from reloc.models import store
from reloc.models.model import Model

PACKAGE = "reloc.localizers"
SUFFIX = "-encoder"  # of the name of an encoder's folder, where it is not alone


class MapNetworks(Protocol):
    """What ``reloc map encode`` asks of a kind of networks."""

    encoder_kind: ClassVar[str]  # of the encoder's model, as its ``model.json`` says
    shipped: ClassVar[str]  # name of the networks that are used where neither the user nor the map has others

    @classmethod
    def named(cls, name: str) -> Self:
        """By the name that was exported, or as a path.

        Raises:
            ModelError: one of them is missing, not whole, of another kind, or belongs to others.
        """

    @classmethod
    def of_map(cls, reference_map: ReferenceMap) -> Self:
        """Those in the map.

        Raises:
            ModelError: one of them is missing, not whole, or belongs to others.
        """

    @property
    def encoder(self) -> Model:
        """Takes ``image`` (None, h, w, 3) uint8 of its camera; what it gives of each reference is kept, as float16."""

    @property
    def others(self) -> tuple[Model, ...]:
        """Those that work with what is kept: they travel with the map."""


def named(name: str) -> MapNetworks:
    """The networks of that name: ``NAME-encoder`` and what belongs to it, or an encoder that is called so itself.

    Raises:
        ModelNotFoundError: there is none.
        ModelFormatError: there is one that encodes no references.
        ModelError: as :meth:`MapNetworks.named`.
    """
    stem = name.rstrip("/").removesuffix(SUFFIX)
    try:
        folder = store.find(f"{stem}{SUFFIX}")
    except ModelNotFoundError as error:
        try:
            folder = store.find(name)
        except ModelNotFoundError:
            raise error from None
    kind = Model.open(folder, verify=False).kind
    known = _by_encoder_kind()
    if kind not in known:
        raise ModelFormatError(
            f"{folder} is a {kind} model, which encodes no references", f"Those do: {', '.join(sorted(known))}"
        )
    return known[kind].named(name)


def _by_encoder_kind() -> dict[str, type[MapNetworks]]:
    """The networks of every localizer that loads, by the kind of their encoder."""
    found: dict[str, type[MapNetworks]] = {}
    for name in plugins.names(PACKAGE):
        try:
            plugin: Any = plugins.load(PACKAGE, name)
        except DependencyError:
            continue  # what another method lacks is no fault of this one
        if plugin.networks is not None:
            found[plugin.networks.encoder_kind] = plugin.networks
    return found
