"""Networks that belong together, one of which encodes the references of a map: found by name, whatever their kind."""

from __future__ import annotations

from typing import Protocol, Self, cast

from reloc import plugins
from reloc.errors import ModelFormatError, ModelNotFoundError
from reloc.models import store
from reloc.models.model import Model

PACKAGE = "reloc.localizers.encoders"
SUFFIX = "-encoder"  # of the name of an encoder's folder, where it is not alone


class MapNetworks(Protocol):
    """What ``reloc map encode`` asks of a kind of networks."""

    @classmethod
    def named(cls, name: str) -> Self:
        """By the name that was exported, or as a path.

        Raises:
            ModelError: one of them is missing, not whole, of another kind, or belongs to others.
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
    if kind not in plugins.names(PACKAGE):
        known = ", ".join(plugins.names(PACKAGE))
        raise ModelFormatError(f"{folder} is a {kind} model, which encodes no references", f"Those do: {known}")
    return cast(MapNetworks, plugins.load(PACKAGE, kind).named(name))
