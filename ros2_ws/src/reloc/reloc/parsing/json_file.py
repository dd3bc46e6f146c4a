"""Read JSON from outside and check it against its type.

msgspec reads it. Dataclasses or structures define what is valid, and the message names the invalid field. NaN, half
surrogates, numbers beyond a float64 and deep nesting are refused.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import re
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

import msgspec

from reloc.parsing.blame import Blame, shown
from reloc.parsing.numbers import LARGEST
from reloc.parsing.regular_file import MIB, read_bytes
from reloc.parsing.text_file import decoded

T = TypeVar("T")
MOST = 256 * MIB  # of a file
DEEPEST = 64  # nesting of untyped values
Count = Annotated[int, msgspec.Meta(ge=0, le=LARGEST)]
Whole = Annotated[int, msgspec.Meta(ge=-LARGEST, le=LARGEST)]
_BOM = b"\xef\xbb\xbf"


def load(path: Path | str, kind: type[T], blame: Blame, *, most: int = MOST, nan: bool = False) -> T:
    """Return the value of type ``kind`` in a JSON file.

    Args:
        most: largest size of the file in bytes.
        nan: also accept NaN and Infinity, which Python writes by default.

    Raises:
        RelocError: the error class of ``blame``; the file is not regular, too large, not JSON, or of another type.
    """
    return parse(read_bytes(path, blame, most), kind, blame, nan=nan)


def parse(content: str | bytes, kind: type[T], blame: Blame, *, nan: bool = False) -> T:
    """Return the same for JSON in memory.

    Raises:
        RelocError: the error class of ``blame``.
    """
    return convert(parse_any(content, blame, nan=nan), kind, blame)


def parse_any(content: str | bytes, blame: Blame, *, nan: bool = False) -> Any:
    """Return untyped JSON, not yet checked for its depth; pass it to :func:`convert`.

    Raises:
        RelocError: the error class of ``blame``; it is not JSON.
    """
    try:
        raw = content.encode() if isinstance(content, str) else content
        return msgspec.json.decode(raw.removeprefix(_BOM))
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        if nan and isinstance(error, msgspec.DecodeError):
            return _with_nan(content, blame)
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise blame.refuse(f"is not valid JSON: {reason}") from error


def convert(values: Any, kind: type[T], blame: Blame) -> T:
    """Return ``values`` as ``kind``: fields have their types, text is not a number, and nesting is limited.

    Raises:
        RelocError: the error class of ``blame``; the message names the field.
    """
    try:
        found = msgspec.convert(values, kind, strict=True)
    except (msgspec.ValidationError, RecursionError, OverflowError, TypeError, ValueError) as error:
        raise blame.refuse(_misfit(str(error), values)) from error
    hashable: Any = kind
    for name in _free_fields(hashable):
        check_depth(getattr(found, name), blame.at(name))
    if not dataclasses.is_dataclass(kind) and not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        check_depth(found, blame)
    return found


def field(values: Any, name: str, blame: Blame) -> Any:
    """Return one field of a JSON object.

    Raises:
        RelocError: the error class of ``blame``; it is not an object, or lacks the field.
    """
    if not isinstance(values, dict):
        raise blame.refuse(f"holds {shown(values)}; a JSON object is expected")
    if name not in values:
        raise blame.refuse(f"lacks the field {name!r}")
    return values[name]


def check_depth(value: Any, blame: Blame) -> None:
    """Refuse lists and objects nested deeper than 64 levels, which would overflow the stack of their readers.

    Raises:
        RelocError: the error class of ``blame``.
    """
    level, depth = [value], 0
    while level := [inner for outer in level for inner in _inside(outer)]:
        depth += 1
        if depth > DEEPEST:
            raise blame.refuse(f"is nested deeper than {DEEPEST} levels")


def _misfit(message: str, values: Any) -> str:
    """Return msgspec's message with the value. It names only the place: "Expected `int` - at `$.files[0].size`"."""
    problem, _, place = message.partition(" - at `$")
    place = place.rstrip("`").lstrip(".")
    problem = problem[:1].lower() + problem[1:]
    if not place:
        return f"holds {shown(values)}: {problem}"
    for name, index in re.findall(r"(\w+|\[\.\.\.\])|\[([0-9]+)\]", place):
        known = isinstance(values, dict) and name in values
        if not known and not (index and isinstance(values, list) and int(index) < len(values)):
            return f"says {place}: {problem}"  # inside an object with arbitrary keys
        values = values[name] if known else values[int(index)]
    return f"says {place}={shown(values)}: {problem}"


def _inside(value: Any) -> list[Any]:
    found = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [one for one in found if isinstance(one, (dict, list))]


@functools.cache
def _free_fields(kind: Any) -> tuple[str, ...]:
    """Return the fields that may hold anything, whose type does not limit their depth."""
    if not dataclasses.is_dataclass(kind) and not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        return ()
    return tuple(name for name, hint in get_type_hints(kind).items() if "typing.Any" in repr(hint))


def _with_nan(content: str | bytes, blame: Blame) -> Any:
    text = content if isinstance(content, str) else decoded(content, blame)
    try:
        values = json.loads(text)
        json.dumps(values, ensure_ascii=False).encode()  # half surrogates, which json.loads accepts
    except (ValueError, RecursionError) as error:
        raise blame.refuse(f"is not valid JSON: {shown(str(error))}") from error
    return values
