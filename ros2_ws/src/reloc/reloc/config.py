"""Parameters, each written once: as a field of a frozen dataclass.

The field holds default, range, unit and description. ROS parameter declarations, YAML files, the table of parameters
and command line options are made from it. A method that contains another one takes the other's parameters with
:func:`shared` instead of repeating them.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, get_type_hints

from reloc.errors import ConfigError
from reloc.nearest import did_you_mean
from reloc.parsing.blame import shown
from reloc.parsing.numbers import LARGEST

C = TypeVar("C")
_KEY = "reloc"
_SHARED = "reloc_shared"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter, in the form for everything outside the core."""

    name: str
    type: type
    default: Any
    doc: str
    unit: str = ""
    ge: float | None = None
    le: float | None = None
    choices: tuple[str, ...] = ()
    read_only: bool = False
    expert: bool = False  # only an expert changes it; it is in no basic file

    @property
    def range_text(self) -> str:
        """The allowed values as text, empty if any value is allowed."""
        if self.choices:
            return ", ".join(self.choices)
        if self.ge is not None and self.le is not None:
            return f"{_number(self.ge)} to {_number(self.le)}"
        if self.ge is not None:
            return f"at least {_number(self.ge)}"
        return f"at most {_number(self.le)}" if self.le is not None else ""

    def check(self, value: Any) -> Any:
        """Return ``value`` in this parameter's type.

        Raises:
            ConfigError: wrong type, not finite, or out of range.
        """
        default = f"Give a value of this type; the default is {self.default!r}"
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
            raise ConfigError(f"{self.name}={shown(value)} exceeds 64 bits", default)
        if isinstance(value, str) and not _is_plain(value):
            raise ConfigError(f"{self.name}={shown(value)} holds a NUL or is not UTF-8", default)
        outside = bool(self.choices) and value not in self.choices
        if isinstance(value, (int, float)):
            outside |= (self.ge is not None and value < self.ge) or (self.le is not None and value > self.le)
        if outside:
            near = did_you_mean(value, self.choices) if isinstance(value, str) else ""
            problem = f"{self.name}={shown(value)} is out of range"
            raise ConfigError(problem, f"{near} Allowed: {self.range_text}".lstrip())
        return value


def _is_plain(text: str) -> bool:
    """Return whether a text can be printed, stored and used as a name."""
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
    expert: bool = False,
) -> Any:
    """Return a dataclass field that is a parameter.

    Args:
        default: its value if none is given.
        doc: one or two sentences that can be read alone: what it limits, and what raising it and 0 do.
        unit: of the value; empty if it has none.
        ge: lowest value, inclusive.
        le: highest value, inclusive.
        choices: the allowed texts.
        read_only: cannot be changed while a node runs.
        expert: left out of the files of basic parameters.
    """
    meta = {
        "doc": doc,
        "unit": unit,
        "ge": ge,
        "le": le,
        "choices": choices,
        "read_only": read_only,
        "expert": expert,
    }
    return field(default=default, metadata={_KEY: meta})


def same(config: type[Any], name: str, **changes: Any) -> Any:
    """Return a dataclass field that is the parameter ``name`` of another config, so that text and range exist once.

    Args:
        config: the config dataclass that has it.
        name: the parameter's name.
        changes: what differs, for example ``default``.
    """
    found = next(f for f in dataclasses.fields(config) if f.name == name)
    return param(**{"default": found.default, **found.metadata[_KEY], **changes})


def shared(config: type[Any], prefix: str) -> Any:
    """Return a dataclass field that holds another method's config, whose parameters are not declared again.

    Args:
        config: the other method's config dataclass.
        prefix: the other method's name: its ROS parameters are ``prefix.name``, for both methods.
    """
    return field(default_factory=config, metadata={_SHARED: Shared("", prefix, config)})


@dataclass(frozen=True, slots=True)
class Shared:
    """A config that another one contains."""

    field: str
    prefix: str
    config: type[Any]


def shared_configs(config: type | object) -> tuple[Shared, ...]:
    """Return the other methods' configs that this one contains."""
    cls = config if isinstance(config, type) else type(config)
    found = ((f.name, f.metadata[_SHARED]) for f in dataclasses.fields(cls) if _SHARED in f.metadata)
    return tuple(dataclasses.replace(one, field=name) for name, one in found)


def parameters(config: type | object) -> tuple[Parameter, ...]:
    """Return the parameters that a config dataclass declares itself, in the order they are written."""
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
    """Create a config from names and values.

    A parameter of a shared config is named ``prefix.name``, or ``name`` alone.

    Raises:
        ConfigError: an unknown name, or a value that is not allowed.
    """
    own = {p.name for p in parameters(cls)}
    inner: dict[str, dict[str, Any]] = {one.field: {} for one in shared_configs(cls)}
    where = {name: (one.field, p.name) for one in shared_configs(cls) for name, p in _names(one) if name not in own}
    for name, value in values.items():
        if name in where:
            field_name, inner_name = where[name]
            inner[field_name][inner_name] = value
        elif name not in own:
            raise ConfigError(f"{cls.__name__} has no parameter {name!r}", unknown_fix(name, parameter_names(cls)))
    made = {one.field: from_mapping(one.config, inner[one.field]) for one in shared_configs(cls)}
    return cls(**{name: value for name, value in values.items() if name in own}, **made)


def to_mapping(config: object) -> dict[str, Any]:
    """Return names and values of a config and of those it contains, ready for JSON or YAML."""
    inner = (to_mapping(getattr(config, one.field)) for one in shared_configs(config))
    own = {p.name: getattr(config, p.name) for p in parameters(config)}
    return {name: value for part in inner for name, value in part.items()} | own


def parameter_names(config: type | object) -> tuple[str, ...]:
    """Return all names that :func:`to_mapping` gives, sorted."""
    inner = (name for one in shared_configs(config) for name in parameter_names(one.config))
    return tuple(sorted({*inner, *(p.name for p in parameters(config))}))


def unknown_fix(name: str, known: Iterable[str]) -> str:
    """Return the nearest name for an unknown one; if none is similar, all names."""
    names = sorted(known)
    return did_you_mean(name, names) or f"Its parameters: {', '.join(names)}"


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else f"{value:g}"


def _names(one: Shared) -> Iterator[tuple[str, Parameter]]:
    for p in parameters(one.config):
        yield p.name, p
        yield f"{one.prefix}.{p.name}", p
