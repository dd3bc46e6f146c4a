"""Measure how good answers are: run a localizer over frames with known poses, count and draw."""
