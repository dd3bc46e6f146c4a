"""Parameters, each written once: as a field of a frozen dataclass.

The field carries default, range, unit and doc; the ROS parameter declaration, the YAML file and the
README table are all made from it.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, get_type_hints

from reloc.errors import ConfigError
from reloc.parsing.blame import shown
from reloc.parsing.numbers import LARGEST

C = TypeVar("C")
_KEY = "reloc"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter, as everything outside the core sees it."""

    name: str
    type: type
    default: Any
    doc: str
    unit: str = ""
    ge: float | None = None
    le: float | None = None
    choices: tuple[str, ...] = ()
    read_only: bool = False

    @property
    def range_text(self) -> str:
        """The allowed values in words, empty where anything goes."""
        if self.choices:
            return ", ".join(self.choices)
        if self.ge is not None and self.le is not None:
            return f"{self.ge:g} to {self.le:g}"
        if self.ge is not None:
            return f"at least {self.ge:g}"
        return f"at most {self.le:g}" if self.le is not None else ""

    def check(self, value: Any) -> Any:
        """Return ``value`` in this parameter's type.

        Raises:
            ConfigError: wrong type, not finite, or out of range.
        """
        default = f"Its default is {self.default!r}"
        if self.type is float and isinstance(value, int) and not isinstance(value, bool):
            try:
                value = float(value)
            except OverflowError:  # 10**400
                raise ConfigError(f"{self.name}={shown(value)} is not finite", default) from None
        if not isinstance(value, self.type) or (isinstance(value, bool) and self.type is not bool):
            raise ConfigError(f"{self.name}={shown(value)} is not of type {self.type.__name__}", default)
        if isinstance(value, float) and not math.isfinite(value):
            raise ConfigError(f"{self.name}={value!r} is not finite", default)
        if isinstance(value, int) and abs(value) > LARGEST:
            raise ConfigError(f"{self.name}={shown(value)} does not fit into 64 bits", default)
        if isinstance(value, str) and not _is_plain(value):
            raise ConfigError(f"{self.name}={shown(value)} holds a NUL or is not UTF-8", default)
        outside = bool(self.choices) and value not in self.choices
        if isinstance(value, (int, float)):
            outside |= (self.ge is not None and value < self.ge) or (self.le is not None and value > self.le)
        if outside:
            raise ConfigError(f"{self.name}={shown(value)} is out of range", f"Allowed: {self.range_text}")
        return value


def _is_plain(text: str) -> bool:
    """Whether a text can be printed, stored and used as a name."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def param(
    default: Any,
    doc: str,
    *,
    unit: str = "",
    ge: float | None = None,
    le: float | None = None,
    choices: tuple[str, ...] = (),
    read_only: bool = False,
) -> Any:
    """A dataclass field that is a parameter. ``ge`` and ``le`` are inclusive bounds."""
    meta = {"doc": doc, "unit": unit, "ge": ge, "le": le, "choices": choices, "read_only": read_only}
    return field(default=default, metadata={_KEY: meta})


def parameters(config: type | object) -> tuple[Parameter, ...]:
    """All parameters of a config dataclass, in the order they are written."""
    cls = config if isinstance(config, type) else type(config)
    hints = get_type_hints(cls)
    return tuple(
        Parameter(name=f.name, type=hints[f.name], default=f.default, **f.metadata[_KEY])
        for f in dataclasses.fields(cls)
        if _KEY in f.metadata
    )


def validate(config: object) -> None:
    """Check every parameter of ``config``; call it from ``__post_init__``.

    Raises:
        ConfigError: on the first value that is out of range or of another type.
    """
    for parameter in parameters(config):
        object.__setattr__(config, parameter.name, parameter.check(getattr(config, parameter.name)))


def from_mapping(cls: type[C], values: Mapping[str, Any]) -> C:
    """Make a config from names and values.

    Raises:
        ConfigError: an unknown name, or a value that does not fit.
    """
    known = {p.name for p in parameters(cls)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise ConfigError(f"{cls.__name__} has no parameter {unknown[0]!r}", f"It has: {', '.join(sorted(known))}")
    return cls(**values)


def to_mapping(config: object) -> dict[str, Any]:
    """Names and values of a config, ready for JSON or YAML."""
    return {p.name: getattr(config, p.name) for p in parameters(config)}
