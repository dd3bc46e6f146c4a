"""Words of reports: times instead of nanoseconds, no Python lists, breaks between parts, no empty card."""

from __future__ import annotations

from pathlib import Path

import pytest

import reloc
from reloc.pages.template import environment
from reloc.pages.words import breakable, frame_words, is_told, plain

TEMPLATES = sorted(Path(reloc.__file__).parent.rglob("templates/*.html"))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("1700000000123456789", "2023-11-14 22:13:20.123"),
        ("drive/1700000000123456789", "drive/2023-11-14 22:13:20.123"),
        ("0000000012345678900", "12.346 s"),
        ("seq-01/frame-000010", "seq-01/frame-000010"),
        ("20240101120000", "20240101120000"),  # a phone's name: no stamp
        ("17000000001234567891", "17000000001234567891"),
    ],
)
def test_frames_of_bags_have_times(name, words):
    assert frame_words(name) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (["none", "covered"], "none, covered"),
        ((), "none"),
        (None, "none"),
        (True, "yes"),
        (0.30000000000000004, "0.3"),
        ({"top_k": 5, "refine": False}, "top_k 5, refine no"),
        ({}, "all defaults"),
        ({"gate": {"a": [1, 2]}}, "gate a 1, 2"),
        ("text", "text"),
    ],
)
def test_settings_are_plain(value, words):
    assert plain(value) == words


def test_lines_break_between_parts_and_text_is_escaped():
    assert breakable("/data/red_kitchen") == "/<wbr>data/<wbr>red_<wbr>kitchen"
    assert breakable("<b>0.35 m") == "&lt;b&gt;0.35 m"  # a number stays whole


@pytest.mark.parametrize(("value", "told"), [("– cm", False), ("–", False), (None, False), ("", False), (0, True)])
def test_cards_without_a_value_are_left_out(value, told):
    assert is_told(value) == told
    text = (
        environment("reloc.evaluation")
        .from_string('{% from "parts.html" import card %}{{ card(v, "l") }}')
        .render(v=value)
    )
    assert ("card" in text) == told


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.name)
def test_all_pages_share_one_look(file):
    """One style sheet; where there are cards, a conclusion before them; nothing that breaks words or fixes a color."""
    text = file.read_text()
    assert "overflow-wrap: anywhere" not in text
    if file.name == "parts.html":
        return
    assert '{% include "page.css" %}' in text
    assert "background: #" not in text
    if 'class="cards"' in text:  # a page of tables alone has nothing to conclude
        assert '{% from "parts.html" import card, conclusion %}' in text
        assert text.index("{{ conclusion(found) }}") < text.index('class="cards"')


def test_dark_and_print_are_styled():
    style = (Path(reloc.__file__).parent / "pages/templates/page.css").read_text()
    assert "prefers-color-scheme: dark" in style
    assert "@media print" in style
    assert "overflow-wrap: anywhere" not in style
