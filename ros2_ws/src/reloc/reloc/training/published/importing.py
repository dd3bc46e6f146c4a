"""From published weights to a model folder, checked against the network that it was made from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from reloc.config import param, validate
from reloc.errors import ConfigError
from reloc.models.model import Model
from reloc.parsing import names
from reloc.parsing.blame import Blame
from reloc.parsing.regular_file import read_bytes
from reloc.training.export import Description, export_model
from reloc.training.feature_outputs import PARITY_LIMITS, PLACE_LIMIT, differences, feature_outputs, image_input
from reloc.training.published.known import PublishedNetwork
from reloc.training.published.pictures import pictures

_LARGEST = 2**30  # bytes of a file of weights


@dataclass(frozen=True, slots=True)
class ImportConfig:
    """What is fixed in the graph. Images of other sizes are shrunk or filled up to its size."""

    width: int = param(640, "The network's images have this width. Raising it costs time.", unit="px", ge=32, le=8192)
    height: int = param(480, "The network's images have this height. Raising it costs time.", unit="px", ge=32, le=8192)
    count: int = param(
        2048,
        "The network gives at most this many key points of an image. Raising it costs time.",
        ge=16,
        le=3839,  # TensorRT's limit for its TopK
    )

    def __post_init__(self) -> None:
        validate(self)


def import_published(
    network: type[PublishedNetwork], weights: Path | None, out: Path, config: ImportConfig, say: Callable[[str], None]
) -> Model:
    """Write the model folder ``out``.

    Args:
        weights: the published file; None takes it from the network's package.
        say: called with lines about parity.

    Raises:
        DependencyError: no file was given, and the package is not installed.
        WeightsError: the file cannot be read, or is of another network.
        ConfigError: the network cannot have images of that size or so many key points.
        ExportError, ModelError: it cannot be exported or written.
    """
    if config.width % network.stride or config.height % network.stride or config.count > config.width * config.height:
        raise ConfigError(
            f"{network.name} cannot have {config.count} key points of {config.width} x {config.height} pixels",
            f"Give a width and a height that are multiples of {network.stride}, and fewer key points than pixels",
        )
    blame = Blame("The file of weights", ConfigError, "Give the path of the published file with --weights")
    file = network.weights.find() if weights is None else names.resolved(weights, blame)
    sha256 = hashlib.sha256(read_bytes(file, blame, _LARGEST)).hexdigest()
    card = network.card()
    source = network.weights.requirement if weights is None else "a file of the user"
    recipe = f"{card.recipe}\n\nImported from `{file.name}` of {source}, SHA-256 `{sha256}`."
    limits = PARITY_LIMITS | ({"place": PLACE_LIMIT} if network.place else {})
    return export_model(
        network.graph(file, config.width, config.height, config.count).eval(), None, out,
        Description(
            name=out.name, kind=network.name, inputs=image_input(config.width, config.height),
            outputs=feature_outputs(config.count, network.length, network.place), camera=None, world=None,
            metadata={"weights": {"file": file.name, "sha256": sha256}}, card=replace(card, recipe=recipe),
        ),
        [{"image": image[None]} for image in pictures(config.width, config.height)], differences, limits, say=say,
    )  # fmt: skip
