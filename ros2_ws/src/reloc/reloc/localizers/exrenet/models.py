"""ExReNet's two models: an encoder of one image, and the pair head that was trained with it.

They lie side by side as ``NAME-encoder`` and ``NAME-head``, or both in a map. The classic network compares only
``coarse`` features, the others ``fine`` ones, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from reloc.errors import ModelFormatError, ModelNotFoundError
from reloc.localizers.exrenet.pair_estimates import SAMPLES
from reloc.localizers.networked.image_encoder import check_image_input
from reloc.maps.attachments import attached, kinds
from reloc.maps.reference_map import ReferenceMap
from reloc.models import store
from reloc.models.model import Model
from reloc.models.tensor import TensorSpec

ENCODER, HEAD = "exrenet_encoder", "exrenet_head"
FEATURES = ("coarse", "fine")
REFERENCE_PREFIX, QUERY_PREFIX = "reference_", "query_"  # prefixes of the head's inputs; the feature's name follows
REGRESSED, MATCHED = "regressed", "matched"  # ways to compute poses; each has its calibration
PAIR = "pair"  # key in the metadata of both models; only models of one export have the same value
_AGAIN = "Export both again: reloc export"


@dataclass(frozen=True, slots=True)
class PairModels:
    """An encoder and its head, checked."""

    encoder_kind: ClassVar[str] = ENCODER
    shipped: ClassVar[str] = "exrenet-light"

    encoder: Model
    head: Model

    @classmethod
    def named(cls, name: str) -> PairModels:
        """Open the models of an export, by name or as a path: both folders' names without the last hyphen and its
        suffix.

        Raises:
            ModelError: one of them is missing, incomplete, of another kind, or belongs to others.
        """
        stem = name.rstrip("/").removesuffix("-encoder").removesuffix("-head")
        return cls._checked(*(Model.open(_find(f"{stem}-{part}")) for part in ("encoder", "head")))

    @classmethod
    def of_map(cls, reference_map: ReferenceMap) -> PairModels:
        """Open the models in the map.

        Raises:
            ModelNotFoundError: there are none.
            ModelError: as :meth:`named`.
        """
        there = kinds(reference_map.manifest)
        if missing := [kind for kind in (ENCODER, HEAD) if kind not in there]:
            raise ModelNotFoundError(
                f"The map {reference_map.path} has no {missing[0]} model",
                f"Put one into it: reloc map encode {reference_map.path} --model NAME; or set the parameter model",
            )
        return cls._checked(attached(reference_map, ENCODER), attached(reference_map, HEAD))

    @property
    def others(self) -> tuple[Model, ...]:
        """The head: see :class:`reloc.localizers.networked.map_networks.MapNetworks`."""
        return (self.head,)

    @classmethod
    def _checked(cls, encoder: Model, head: Model) -> PairModels:
        for model, kind in ((encoder, ENCODER), (head, HEAD)):
            if model.kind != kind:
                raise ModelFormatError(f"{model.path} is a {model.kind} model", f"It must be of the kind {kind}")
        pair = encoder.metadata.get(PAIR)
        if not isinstance(pair, str) or not pair or head.metadata.get(PAIR) != pair:
            raise ModelFormatError(
                f"The head {head.path} belongs to the encoder {head.metadata.get(PAIR)!r:.14}, not to {encoder.path} "
                f"({pair!r:.14})",
                "Take both from one `reloc export`; `reloc map encode MAP --model NAME` puts both into a map",
            )
        _check_encoder(encoder)
        _check_head(encoder, head)
        return cls(encoder, head)


def _find(name: str) -> Path:
    try:
        return store.find(name)
    except ModelNotFoundError as error:
        raise ModelNotFoundError(
            error.problem, f"An ExReNet has two models, NAME-encoder and NAME-head. {error.fix}"
        ) from None


def _check_encoder(encoder: Model) -> None:
    check_image_input(encoder)
    gives = tuple(spec.name for spec in encoder.outputs)
    if gives not in (FEATURES, FEATURES[:1]) or any(spec.dtype != "float32" for spec in encoder.outputs):
        raise ModelFormatError(f"{encoder.path} gives {', '.join(map(str, encoder.outputs))}", _AGAIN)


def _check_head(encoder: Model, head: Model) -> None:
    takes = {
        TensorSpec(prefix + spec.name, spec.dtype, spec.shape)
        for prefix in (REFERENCE_PREFIX, QUERY_PREFIX)
        for spec in encoder.outputs
    }
    if set(head.inputs) != takes:
        raise ModelFormatError(
            f"{head.path} takes {', '.join(map(str, head.inputs))}",
            f"Its encoder gives {', '.join(map(str, encoder.outputs))}. {_AGAIN}",
        )
    if missing := [name for name in SAMPLES if name not in (spec.name for spec in head.outputs)]:
        raise ModelFormatError(f"{head.path} does not give {', '.join(missing)}", _AGAIN)
