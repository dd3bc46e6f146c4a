"""The model of Perspective-n-Learned-Point: one graph from an image to descriptor, features and depth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from reloc.errors import ModelFormatError
from reloc.geometry.cameras import Camera
from reloc.localizers.networked.image_encoder import check_image_input
from reloc.maps.attachments import attached
from reloc.maps.reference_map import ReferenceMap
from reloc.models import store
from reloc.models.model import Model

KIND = "pnlp"
DESCRIPTOR, LOCAL, DEPTH_OUTPUT, SPREAD = OUTPUTS = ("descriptor", "local", "depth", "spread")
_AGAIN = "Export it again: reloc export"


@dataclass(frozen=True, slots=True)
class LearnedModels:
    """The model, checked; see :class:`reloc.localizers.networked.map_networks.MapNetworks`."""

    encoder_kind: ClassVar[str] = KIND
    shipped: ClassVar[str] = "pnlp-light"

    encoder: Model

    @classmethod
    def named(cls, name: str) -> LearnedModels:
        """Open the model of an export by name or as a path.

        Raises:
            ModelError: it is missing, incomplete, or of another kind.
        """
        return cls._checked(Model.open(store.find(name)))

    @classmethod
    def of_map(cls, reference_map: ReferenceMap) -> LearnedModels:
        """Open the model in the map.

        Raises:
            ModelNotFoundError: there is none.
            ModelError: as :meth:`named`.
        """
        return cls._checked(attached(reference_map, KIND))

    @property
    def others(self) -> tuple[Model, ...]:
        """The other networks: none, because the model is one graph."""
        return ()

    @property
    def camera(self) -> Camera:
        """The camera that the model was trained with. The depth is that of this camera."""
        return check_image_input(self.encoder)

    @property
    def depth_sigma(self) -> float:
        """The relative error that all depths of an image have in common, as measured by the export."""
        return float(self.encoder.metadata["depth_sigma"])

    @classmethod
    def _checked(cls, model: Model) -> LearnedModels:
        if model.kind != KIND:
            raise ModelFormatError(f"{model.path} is a {model.kind} model", f"It must be of the kind {KIND}")
        camera = check_image_input(model)
        shapes = {spec.name: spec.shape[1:] for spec in model.outputs}
        local = shapes.get(LOCAL, ())
        places = local[1:]
        fits = (
            set(shapes) == set(OUTPUTS)
            and len(shapes[DESCRIPTOR]) == 1
            and len(local) == 3
            and shapes[DEPTH_OUTPUT] == places
            and shapes[SPREAD] == places
            and None not in places
            and all(side and size % side == 0 for side, size in zip(places, (camera.height, camera.width), strict=True))
        )
        if not fits:
            raise ModelFormatError(f"{model.path} gives {', '.join(map(str, model.outputs))}", _AGAIN)
        sigma = model.metadata.get("depth_sigma")
        if not isinstance(sigma, (int, float)) or not 0.0 <= sigma < 10.0:
            raise ModelFormatError(
                f"{model.path} does not state the accuracy of its depth (depth_sigma {sigma!r})", _AGAIN
            )
        return cls(model)
