"""SIFT and the five-point algorithm: the papers' classical baseline."""

from reloc.localizers.sift_5pt.localizer import Sift5pt

PLUGIN = Sift5pt
