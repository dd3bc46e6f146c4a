"""Two runs at the same time never share a domain; a finished one gives its domain back."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reloc_demo.domain import DOMAINS, own_domain
from reloc_node.dds import VARIABLES


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
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr("reloc_demo.domain.DOMAINS", range(1, 2))
    with own_domain(), pytest.raises(RuntimeError, match="reloc-ros-domains"), own_domain():
        pass
