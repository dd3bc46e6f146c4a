"""What localizers that need a trained model find in a map of the tiny world: one of each kind."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

from reloc.localizers.camnet.models import CamNetModels
from reloc.localizers.exrenet.models import PairModels
from reloc.localizers.networked.encode_map import encode_map
from reloc.localizers.pnlp.models import LearnedModels
from reloc.maps.attachments import attach
from reloc.models.model import Model
from support import recall_camnet, recall_depth, recall_network, recall_pair

# Trained by tests/support/train_tiny_posenet.py.
TRAINED = Path(__file__).resolve().parents[1] / "contract" / "models" / "posenet_tiny_world"


def attach_models(map_folder: Path) -> Path:
    """Put them into the map, as `reloc export --map` and `reloc map encode` do."""
    attach(map_folder, Model.open(TRAINED))
    encode_map(map_folder, PairModels.named(recalled_pair()))
    encode_map(map_folder, CamNetModels.named(recalled_camnet()))
    encode_map(map_folder, LearnedModels.named(recalled_depth()))
    return map_folder


@functools.cache
def recall() -> Model:
    """The network of :mod:`support.recall_network`, made once a process."""
    return recall_network.write(_folder() / "recall")


@functools.cache
def recalled_pair() -> str:
    """The name of the two networks of :mod:`support.recall_pair`, made once a process."""
    return recall_pair.write(_folder())


@functools.cache
def recalled_depth() -> str:
    """The folder of the network of :mod:`support.recall_depth`, made once a process."""
    return recall_depth.write(_folder() / "recall")


@functools.cache
def recalled_camnet() -> str:
    """The name of the three networks of :mod:`support.recall_camnet`, made once a process."""
    return recall_camnet.write(_folder())


def _folder() -> Path:
    folder = tempfile.TemporaryDirectory(prefix="reloc-recall-")
    _KEPT.append(folder)
    return Path(folder.name)


_KEPT: list[tempfile.TemporaryDirectory[str]] = []  # removed when the process ends
