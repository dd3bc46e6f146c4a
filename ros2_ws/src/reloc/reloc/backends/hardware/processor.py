"""Detect processor instructions that decide which precision is fastest."""

from __future__ import annotations

import functools
import platform
import re
from dataclasses import dataclass
from pathlib import Path

# Flags of /proc/cpuinfo, the fastest first: those of x86, then of ARM.
_BF16 = {"amx_bf16": "AMX BF16", "avx512_bf16": "AVX-512 BF16"}
_INT8 = {
    "amx_int8": "AMX int8", "avx512_vnni": "AVX-512 VNNI", "avx_vnni": "AVX VNNI", "asimddp": "NEON dot products",
}  # fmt: skip
_FLOAT16 = {"amx_fp16": "AMX FP16", "avx512_fp16": "AVX-512 FP16", "asimdhp": "NEON FP16"}


@dataclass(frozen=True, slots=True)
class Processor:
    """The instructions for each precision, by name; empty if there are none."""

    bf16: str
    int8: str
    float16: str


def of(cpuinfo: str) -> Processor:
    """Read them from the text of ``/proc/cpuinfo``."""
    match = re.search(r"^(?:flags|Features)\s*:\s*(.*)$", cpuinfo, re.MULTILINE)
    flags = set(match[1].split()) if match else set()
    names = (next((label for flag, label in t.items() if flag in flags), "") for t in (_BF16, _INT8, _FLOAT16))
    return Processor(*names)


@functools.cache
def processor() -> Processor:
    """Return this machine's; without any if they cannot be found out."""
    try:
        return of(Path("/proc/cpuinfo").read_text())
    except OSError:
        return Processor("", "", "")


@functools.cache
def model_name() -> str:
    """Return the processor's model, as the system reports it."""
    try:
        match = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        match = None
    return match[1].strip() if match else platform.processor() or platform.machine()
