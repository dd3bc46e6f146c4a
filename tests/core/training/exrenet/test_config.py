"""What networks the tasks' parameters make."""

import pytest

from reloc.training.camnet.config import CamNetTaskConfig
from reloc.training.exrenet.config import ExReNetTaskConfig


def test_a_narrow_network_also_compares_by_fewer_channels():
    full, classic = (ExReNetTaskConfig(variant=name, width=0.25).network for name in ("full", "classic"))
    assert (full.width, full.regressor_width, full.fine) == (0.25, 0.25, 64)
    assert (full.coarse, classic.coarse, classic.fine) == (0, 0, 0)  # as many as the third stack gives; no guided layer


@pytest.mark.parametrize("width", [0.25, 0.5, 1.0])
def test_camnets_fine_branch_is_an_exrenet_of_the_same_width(width):
    # Else weights that it begins with would be left out, shape by shape.
    light = ExReNetTaskConfig(variant="light", width=width)
    assert CamNetTaskConfig(variant="light", width=width, side=light.side).network.pair == light.network
