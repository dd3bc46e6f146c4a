"""ExReNet as exported: an encoder and a pair head with samples of dropout.

References are encoded once, when a map is made. Dropout is between the hidden layers, so all samples together are two
small matrix products after one run of the head. The caller computes their mean and variance, because it knows the
frames.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from reloc.models.tensor import TensorSpec
from reloc.networks import decoding
from reloc.networks.exrenet import ExReNetNetwork, RelativeAnswer
from reloc.networks.exrenet_config import CELL, EXRENET_PLACE, ExReNetNetworkConfig
from reloc.networks.exrenet_head import ExReNetHead
from reloc.networks.upsampled_conv import STRIDE, gathered
from reloc.training.dropout import dropout_masks

FEATURES = ("coarse", "fine")
ANSWERS = ("direction", "rotation", "scale", "direction_samples", "rotation_samples", "scale_samples")
MATCHES_OUTPUT = "matches"  # beside the answers, if there is a guided layer


class ExReNetEncoderOutputs(nn.Module):
    """Return the features as a tuple, in the order of :data:`FEATURES`; the classic network has only the first."""

    def __init__(self, network: ExReNetNetwork) -> None:
        super().__init__()
        self.encoder = network.encoder

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        """Map (B, side, side, 3) uint8 RGB to (B, C, side / 16, side / 16) and (B, F, side / 4, side / 4)."""
        features: tuple[Tensor, ...] = self.encoder(image)
        return features


class PairOutputs(nn.Module):
    """Return a tuple, in the order of :data:`ANSWERS` and, if there is a guided layer, :data:`MATCHES`."""

    masks: Tensor

    def __init__(self, network: ExReNetNetwork, samples: int, seed: int) -> None:
        super().__init__()
        self.head = network.head
        self.stem, self.places = folded_stem(network.head), stem_places(network.config)
        masks = dropout_masks(samples, network.head.fc1.out_features, network.head.dropout.p, seed)
        self.register_buffer("masks", torch.from_numpy(masks)[None])

    def forward(self, *features: Tensor) -> tuple[Tensor, ...]:
        """Map the features of B references and B queries, in the order of :func:`pair_inputs`, to poses.

        Returns:
            The query's pose in the reference's frame without dropout, (B, 3) unit, (B, 4) unit quaternion xyzw and (B,)
            meters; S samples of each: (B, S, 3), (B, S, 4), (B, S); and last (B, 5, side / 4, side / 4), the result of
            :func:`reloc.networks.decoding.decode`.
        """
        half = len(features) // 2
        matches = self.head.match(features[:half], features[half:])
        decoded = None if matches.fine is None else self.head.decoded(matches)
        x = self.stem(self.head.seen(matches, decoded))
        if self.places > 1:
            x = functional.pixel_shuffle(x, self.places)
        *_, last = self.head.resnet.behind_norm(x)
        hidden = functional.relu(self.head.fc1(last.mean((2, 3))))
        answer = RelativeAnswer.of(self.head.behind_dropout(hidden)).normalised()
        samples = RelativeAnswer.of(self.head.behind_dropout(hidden[:, None] * self.masks)).normalised()
        answers = (
            answer.direction, answer.rotation, answer.scale, samples.direction, samples.rotation, samples.scale
        )  # fmt: skip
        return answers if decoded is None else (*answers, decoded)


def folded_stem(head: ExReNetHead) -> nn.Conv2d:
    """Return the regressor's first convolution and normalization as one convolution of the matches, with fixed weights.

    If matches are enlarged, its channels are the values of several places, see
    :func:`reloc.networks.upsampled_conv.gathered`.
    """
    norm, weight = head.resnet.bn1, head.resnet.conv1.weight.detach()
    factor = (norm.weight / torch.sqrt(norm.running_var + norm.eps)).detach()
    bias = (norm.bias - norm.running_mean * factor).detach()
    weight = weight * factor[:, None, None, None]
    if head.config.enlarged:
        places = stem_places(head.config)
        weight, bias = gathered(weight, places * STRIDE), bias.repeat_interleave(places**2)
    conv = nn.Conv2d(weight.shape[1], weight.shape[0], 3, padding=1)
    conv.weight.data, conv.bias = weight, nn.Parameter(bias)
    return conv.requires_grad_(False)


def stem_places(config: ExReNetNetworkConfig) -> int:
    """Return the number of places per side that the regressor's first convolution computes for each cell of the
    matches.
    """
    return (EXRENET_PLACE if config.fine else CELL) // STRIDE if config.enlarged else 1


def image_input(config: ExReNetNetworkConfig) -> list[TensorSpec]:
    """Return the inputs of the encoder's graph."""
    return [TensorSpec("image", "uint8", (None, config.side, config.side, 3))]


def features_of(network: ExReNetNetwork, prefix: str = "") -> list[TensorSpec]:
    """Return the outputs of the encoder's graph."""
    sides = (network.config.side // CELL, network.config.side // EXRENET_PLACE)
    found = zip(FEATURES, network.encoder.channels, sides, strict=False)
    return [TensorSpec(prefix + name, "float32", (None, channels, side, side)) for name, channels, side in found]


def pair_inputs(network: ExReNetNetwork) -> list[TensorSpec]:
    """Return the inputs of the pair head's graph: ``reference_coarse``, ``reference_fine``, ``query_coarse``,
    ``query_fine``.
    """
    return [*features_of(network, "reference_"), *features_of(network, "query_")]


def pair_outputs(network: ExReNetNetwork, samples: int) -> Sequence[TensorSpec]:
    """Return the outputs of the pair head's graph, see :meth:`PairOutputs.forward`."""
    shapes: tuple[tuple[int | None, ...], ...] = (
        (None, 3), (None, 4), (None,), (None, samples, 3), (None, samples, 4), (None, samples)
    )  # fmt: skip
    given = [TensorSpec(name, "float32", shape) for name, shape in zip(ANSWERS, shapes, strict=True)]
    if network.config.fine:
        places = network.config.side // EXRENET_PLACE
        given.append(TensorSpec(MATCHES_OUTPUT, "float32", (None, decoding.CHANNELS, places, places)))
    return given
