"""Read YAML from outside: no aliases, which can expand beyond the memory, and no deep nesting."""

from __future__ import annotations

from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent

from reloc.errors import RelocError
from reloc.parsing.blame import Blame

DEEPEST_YAML = 32
_OPENCV_HEAD = "%YAML:1.0"  # OpenCV's first line, which is no directive of YAML
# What the library raises on damaged text, besides its own errors.
_BROKEN = (YAMLError, ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError)


def parse(text: str, blame: Blame, broken: type[RelocError] | None = None) -> Any:
    """Return the untyped content of a YAML text; pass it to :func:`reloc.parsing.json_file.convert`.

    Args:
        broken: raised if it is not YAML; None: the error class of ``blame``.

    Raises:
        RelocError: the error class of ``blame``; it has aliases or deep nesting.
    """
    text = text.removeprefix(_OPENCV_HEAD)
    try:
        _check_form(text, blame)
        return YAML(typ="safe", pure=True).load(text)
    except _BROKEN as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise (broken or blame.error)(f"{blame.where} is cut off or damaged: {reason}", blame.fix) from error


def _check_form(text: str, blame: Blame) -> None:
    depth = 0
    for event in YAML(typ="safe", pure=True).parse(text):
        if isinstance(event, AliasEvent):
            raise blame.refuse(f"has the alias *{event.anchor}; recorders write no aliases")
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > DEEPEST_YAML:
            raise blame.refuse(f"is nested deeper than {DEEPEST_YAML} levels")
