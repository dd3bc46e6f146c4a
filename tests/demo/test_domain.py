"""Two runs at the same time never share a domain; a finished one gives its domain back."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reloc.errors import LockError
from reloc_demo.domain import DOMAINS, own_domain
from reloc_node.dds import VARIABLES


def test_a_planted_link_is_refused_and_its_target_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reloc.locks.os.environ", {"XDG_RUNTIME_DIR": str(tmp_path)})
    monkeypatch.setattr("reloc_demo.domain.DOMAINS", range(1, 2))
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / "reloc" / "ros-domains").mkdir(parents=True)
    (tmp_path / "reloc" / "ros-domains" / "1.lock").symlink_to(victim)
    with pytest.raises(LockError, match="symbolic link"), own_domain():
        pass
    assert victim.read_text() == "mine"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ROS_DOMAIN_ID", "ROS_AUTOMATIC_DISCOVERY_RANGE"):  # restored after the test, whatever it sets
        monkeypatch.setenv(name, os.environ.get(name, ""))
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("reloc_demo.domain.os.environ", dict(os.environ))


def test_domains_differ_and_are_given_back() -> None:
    with own_domain() as first, own_domain() as second:
        assert first != second
        assert {first, second} <= set(DOMAINS)
    with own_domain() as again:
        assert again == first


def test_the_environment_is_set_for_the_nodes() -> None:
    with own_domain() as domain:
        from reloc_demo import domain as module

        environ = module.os.environ
        assert environ["ROS_DOMAIN_ID"] == str(domain)
        assert environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] == "LOCALHOST"
        assert Path(environ[VARIABLES[0]]).is_file()


def test_all_taken_is_an_error_that_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reloc.locks.os.environ", {"XDG_RUNTIME_DIR": str(tmp_path)})
    monkeypatch.setattr("reloc_demo.domain.DOMAINS", range(1, 2))
    with own_domain(), pytest.raises(RuntimeError, match="ros-domains"), own_domain():
        pass
