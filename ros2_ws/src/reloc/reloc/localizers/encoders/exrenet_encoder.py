"""ExReNet: the encoder's features, and the pair head that compares them."""

from __future__ import annotations

from reloc.localizers._pair_models import PairModels

PLUGIN = PairModels
