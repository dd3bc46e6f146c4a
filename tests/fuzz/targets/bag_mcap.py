"""Bags whose messages lie in MCAP."""

from __future__ import annotations

from fuzz.targets._bags import BagTarget


class BagMcap(BagTarget):
    """metadata.yaml and a .mcap."""

    name, storage = "bag_mcap", "mcap"


TARGET = BagMcap()
