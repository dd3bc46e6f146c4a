"""CamNet's three models: an encoder of one image, and the two pose regressors that were trained with it.

They lie side by side as ``NAME-encoder``, ``NAME-coarse`` and ``NAME-fine``, or all in a map.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from reloc.errors import ModelFormatError, ModelNotFoundError
from reloc.localizers.networked.image_encoder import check_image_input
from reloc.maps.attachments import attached, kinds
from reloc.maps.reference_map import ReferenceMap
from reloc.models import store
from reloc.models.model import Model
from reloc.models.tensor import TensorSpec

PARTS = ("encoder", "coarse", "fine")
KINDS = tuple(f"camnet_{part}" for part in PARTS)
FEATURES = ("descriptor", "coarse", "fine")  # outputs of the encoder
REFERENCE, QUERY, POSE = "reference", "query", "pose"  # inputs and outputs of a regressor
NUMBERS = 7  # numbers per pose: translation, quaternion xyzw
FAMILY = "family"  # key in the metadata of all three models; only models of one export have the same value
_AGAIN = "Export all three again: reloc export"


@dataclass(frozen=True, slots=True)
class CamNetModels:
    """An encoder and its regressors, checked."""

    encoder_kind: ClassVar[str] = KINDS[0]
    shipped: ClassVar[str] = "camnet-light"

    encoder: Model
    coarse: Model
    fine: Model

    @classmethod
    def named(cls, name: str) -> CamNetModels:
        """Open the models of an export, by name or as a path: the folders' names without the last hyphen and its
        suffix.

        Raises:
            ModelError: one of them is missing, incomplete, of another kind, or belongs to others.
        """
        stem = name.rstrip("/")
        for part in PARTS:
            stem = stem.removesuffix(f"-{part}")
        return cls._checked(*(Model.open(store.find(f"{stem}-{part}")) for part in PARTS))

    @classmethod
    def of_map(cls, reference_map: ReferenceMap) -> CamNetModels:
        """Open the models in the map.

        Raises:
            ModelNotFoundError: there are none.
            ModelError: as :meth:`named`.
        """
        there = kinds(reference_map.manifest)
        if missing := [kind for kind in KINDS if kind not in there]:
            raise ModelNotFoundError(
                f"The map {reference_map.path} has no {missing[0]} model",
                f"Put one into it: reloc map encode {reference_map.path} --model NAME; or set the parameter model",
            )
        return cls._checked(*(attached(reference_map, kind) for kind in KINDS))

    @property
    def others(self) -> tuple[Model, ...]:
        """The regressors: see :class:`reloc.localizers.networked.map_networks.MapNetworks`."""
        return self.coarse, self.fine

    @classmethod
    def _checked(cls, *models: Model) -> CamNetModels:
        for model, kind in zip(models, KINDS, strict=True):
            if model.kind != kind:
                raise ModelFormatError(f"{model.path} is a {model.kind} model", f"It must be of the kind {kind}")
        encoder, *regressors = models
        family = encoder.metadata.get(FAMILY)
        check_image_input(encoder)
        gives = {spec.name: spec for spec in encoder.outputs}
        if tuple(gives) != FEATURES or any(s.dtype != "float32" or len(s.shape) != 2 for s in encoder.outputs):
            raise ModelFormatError(f"{encoder.path} gives {', '.join(map(str, encoder.outputs))}", _AGAIN)
        for model, feature in zip(regressors, FEATURES[1:], strict=True):
            if not isinstance(family, str) or not family or model.metadata.get(FAMILY) != family:
                raise ModelFormatError(
                    f"{model.path} was trained with the encoder {model.metadata.get(FAMILY)!r:.14}, not with "
                    f"{encoder.path} ({family!r:.14})",
                    "Take all from one `reloc export`; `reloc map encode MAP --model NAME` puts all into a map",
                )
            takes = tuple(TensorSpec(who, "float32", gives[feature].shape) for who in (REFERENCE, QUERY))
            if model.inputs != takes or model.outputs != (TensorSpec(POSE, "float32", (None, NUMBERS)),):
                raise ModelFormatError(
                    f"{model.path} takes {', '.join(map(str, model.inputs))} and gives "
                    f"{', '.join(map(str, model.outputs))}",
                    f"Its encoder gives {gives[feature]}. {_AGAIN}",
                )
        return cls(*models)
