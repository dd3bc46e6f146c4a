"""Inputs and outputs of a network: names, types, shapes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

DTYPES = ("uint8", "int32", "int64", "float32", "bool")


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """One input or output. ``None`` in the shape is the batch size, which is known only at run time.

    Raises:
        ValueError: it has no name, a type outside :data:`DTYPES`, a size below 1, or no batch axis in front.
    """

    name: str
    dtype: str
    shape: tuple[int | None, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", tuple(self.shape))
        if not isinstance(self.name, str) or not self.name:
            raise ValueError(f"{self.name!r} is not a name of a tensor")
        if self.dtype not in DTYPES:
            raise ValueError(f"{self.name} has the type {self.dtype!r}; allowed are {', '.join(DTYPES)}")
        sizes = self.shape[1:]
        if not self.shape or self.shape[0] is not None or not all(type(n) is int and n > 0 for n in sizes):
            raise ValueError(f"{self.name} has the shape {list(self.shape)}; it must be [None, sizes of 1 or more]")

    def at(self, batch: int) -> tuple[int, ...]:
        """Return the shape of a batch of that size."""
        return (batch, *(n for n in self.shape[1:] if n is not None))

    def zeros(self, batch: int) -> np.ndarray[Any, Any]:
        """Return an array for a batch of that size."""
        return np.zeros(self.at(batch), self.dtype)

    def to_json(self) -> dict[str, Any]:
        """Return it as in ``model.json``."""
        return {"name": self.name, "dtype": self.dtype, "shape": list(self.shape)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> TensorSpec:
        """Read the value of :meth:`to_json`.

        Raises:
            KeyError, TypeError, ValueError: it is not one.
        """
        return cls(values["name"], values["dtype"], tuple(values["shape"]))

    def __str__(self) -> str:
        shape = " x ".join("batch" if n is None else str(n) for n in self.shape)
        return f"{self.name} {self.dtype} {shape}"
