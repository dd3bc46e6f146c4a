"""CamNet: descriptors and both features of the references, and the two pose regressors."""

from __future__ import annotations

from reloc.localizers._camnet_models import CamNetModels

PLUGIN = CamNetModels
