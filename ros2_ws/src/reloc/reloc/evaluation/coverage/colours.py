"""Colors and marks for the states of references: Okabe and Ito's colors, each with its own shape."""

from __future__ import annotations

from reloc.evaluation.coverage.finding import State

COLOURS: dict[State, str] = {
    "works": "#0072b2",
    "unsure": "#56b4e9",
    "ambiguous": "#e69f00",
    "fails": "#111827",
    "wrong": "#d55e00",
    "untried": "#a3aab5",
}
MARKS: dict[State, str] = {
    "works": "o",
    "unsure": "s",
    "ambiguous": "^",
    "fails": "X",
    "wrong": "P",
    "untried": ".",
}
WORDS: dict[State, str] = {
    "works": "works",
    "unsure": "right, but weak",
    "ambiguous": "ambiguous",
    "fails": "fails",
    "wrong": "wrong place",
    "untried": "not tried",
}
