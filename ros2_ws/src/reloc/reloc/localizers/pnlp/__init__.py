"""Perspective-n-Learned-Point: learned descriptors and depth, then a refined pose."""

from reloc.localizers.pnlp.localizer import PnLP

PLUGIN = PnLP
