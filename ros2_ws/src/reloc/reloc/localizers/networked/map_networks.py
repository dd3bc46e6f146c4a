"""Find networks that belong together by name, whatever their kind. One of them encodes the references of a map."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol, Self

from reloc import plugins
from reloc.errors import DependencyError, ModelFormatError, ModelNotFoundError
from reloc.maps.reference_map import ReferenceMap
from reloc.models import store
from reloc.models.model import Model

PACKAGE = "reloc.localizers"
SUFFIX = "-encoder"  # suffix of an encoder's folder if it has companions


class MapNetworks(Protocol):
    """The interface that ``reloc map encode`` needs of a kind of networks."""

    encoder_kind: ClassVar[str]  # kind of the encoder's model, as in its ``model.json``
    shipped: ClassVar[str]  # name of the networks that are used if neither the user nor the map names others

    @classmethod
    def named(cls, name: str) -> Self:
        """Open the networks of an export by name or as a path.

        Raises:
            ModelError: one of them is missing, incomplete, of another kind, or belongs to others.
        """

    @classmethod
    def of_map(cls, reference_map: ReferenceMap) -> Self:
        """Open the networks in the map.

        Raises:
            ModelError: one of them is missing, incomplete, or belongs to others.
        """

    @property
    def encoder(self) -> Model:
        """The encoder.

        Its input is ``image`` (None, h, w, 3) uint8 of its camera. Its outputs are stored as float16.
        """

    @property
    def others(self) -> tuple[Model, ...]:
        """The networks that use the encodings; they travel with the map."""


def named(name: str) -> MapNetworks:
    """Return the networks of that name: ``NAME-encoder`` and its companions, or an encoder with that name itself.

    Raises:
        ModelNotFoundError: there is none.
        ModelFormatError: the model is not one that encodes references.
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
            f"{folder} is a {kind} model, which does not encode references",
            f"Kinds that do: {', '.join(sorted(known))}",
        )
    return known[kind].named(name)


def _by_encoder_kind() -> dict[str, type[MapNetworks]]:
    """Return the networks of every localizer that loads, by the kind of their encoder."""
    found: dict[str, type[MapNetworks]] = {}
    for name in plugins.names(PACKAGE):
        try:
            plugin: Any = plugins.load(PACKAGE, name)
        except DependencyError:
            continue  # a missing part of another method does not matter here
        if plugin.networks is not None:
            found[plugin.networks.encoder_kind] = plugin.networks
    return found
