"""CamNet: two retrievals and two pose regressions (Ding et al., ICCV 2019)."""

from reloc.localizers.camnet.localizer import CamNet

PLUGIN = CamNet
