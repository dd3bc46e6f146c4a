"""Perspective-n-Learned-Point: descriptor, features and depth of each reference."""

from __future__ import annotations

from reloc.localizers._learned_models import LearnedModels

PLUGIN = LearnedModels
