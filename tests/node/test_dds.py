"""The Fast DDS profile: found, well formed, and never in the way of one that somebody chose."""

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from reloc_node import dds


def test_the_profile_is_there_and_holds_large_images() -> None:
    root = ElementTree.parse(dds.PROFILE).getroot()
    sizes = [int(e.text or 0) for e in root.iter() if e.tag.endswith("segment_size")]
    assert sizes == [16 * 2**20]


def test_it_is_set_unless_another_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*dds.VARIABLES, "FASTDDS_BUILTIN_TRANSPORTS"):
        monkeypatch.delenv(name, raising=False)
    environment = dict(os.environ)
    monkeypatch.setattr(os, "environ", environment)
    dds.use_profile()
    assert {environment[name] for name in dds.VARIABLES} == {str(dds.PROFILE)}
    environment.clear()
    environment["FASTDDS_BUILTIN_TRANSPORTS"] = "LARGE_DATA"
    dds.use_profile()
    assert set(environment) == {"FASTDDS_BUILTIN_TRANSPORTS"}


def test_the_command_prints_its_path() -> None:
    out = subprocess.run([sys.executable, "-m", "reloc_node.dds"], capture_output=True, text=True, check=True)
    assert Path(out.stdout.strip()) == dds.PROFILE
