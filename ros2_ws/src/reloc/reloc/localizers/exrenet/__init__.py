"""ExReNet: relative poses to the retrieved references by a network (Winkelbauer et al., ICRA 2021)."""

from reloc.localizers.exrenet.localizer import ExReNet

PLUGIN = ExReNet
