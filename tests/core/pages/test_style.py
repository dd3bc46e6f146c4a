"""Figures show names as they are: whoever named a method, a score or a frame wrote no formula."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("matplotlib")

from matplotlib.figure import Figure

from reloc.pages.style import new_figure, styled


@pytest.mark.parametrize("name", [r"$\nothing{", "$x$", "100$ and 5$", "<script>alert(1)</script>", "a&b", "_a_^b"])
def test_a_label_is_shown_as_it_is(name: str) -> None:
    @styled
    def draw() -> Figure:
        figure, (axes,) = new_figure(3.0, 2.0)
        axes.plot([0, 1], label=name)
        axes.set_title(name)
        axes.legend()
        return figure

    drawn = draw()
    assert "<script>" not in drawn
    assert name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") in drawn


@pytest.mark.parametrize(
    ("low", "high", "labels"), [(1e-3, 10.0, {"0.001", "0.01", "0.1", "1"}), (2.0, 7.0, {"2", "3", "4", "6"})]
)
def test_logarithmic_axes_have_plain_numbers(low: float, high: float, labels: set[str]) -> None:
    @styled
    def draw() -> Figure:
        figure, (axes,) = new_figure(3.0, 2.0)
        axes.loglog([low, high], [low, high])
        return figure

    drawn = draw()
    assert "$" not in drawn
    assert labels <= set(re.findall(r">([0-9.e+-]+)</text>", drawn))
