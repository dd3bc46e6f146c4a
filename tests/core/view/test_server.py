"""The server of a page: ports, addresses, many browsers, and those that go."""

from __future__ import annotations

import importlib.metadata
import socket
import sys
import threading
import time
from collections.abc import Callable

import pytest
from support.optional import need

from reloc.errors import ConfigError, DependencyError, PortInUseError
from reloc.view import server as pages


def until(done: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end
        time.sleep(0.02)


def browser(server) -> object:
    """Connect as a browser does, and take the first messages."""
    from websockets.sync.client import connect

    version = importlib.metadata.version("viser")
    socket_ = connect(f"ws://127.0.0.1:{server.get_port()}", subprotocols=[f"viser-v{version}"], max_size=None)
    assert len(socket_.recv(timeout=20)) > 10
    return socket_


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0"])
def test_a_port_in_use_is_named_and_another_is_advised(host: str) -> None:
    need("viser", "viser is not installed: make setup")
    with socket.socket() as other:
        other.bind(("127.0.0.1" if host != "0.0.0.0" else host, 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortInUseError, match=rf"listens on port {port} .*--port {port + 1}"):
            pages.start(host, port)


def test_two_pages_do_not_share_a_port(server) -> None:
    with pytest.raises(PortInUseError):
        pages.start(port=server.get_port())


@pytest.mark.parametrize("host", ["203.0.113.7", "no.such.host.invalid", "a" * 300, "bad host"])
def test_an_address_of_another_machine_is_refused(host: str) -> None:
    need("viser", "viser is not installed: make setup")
    with pytest.raises(ConfigError, match="--host"):
        pages.start(host, 0)


def test_a_missing_package_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "viser", None)
    with pytest.raises(DependencyError, match="pip install viser"):
        pages.start()


def test_the_addresses_are_for_here_and_for_ssh(server) -> None:
    port = server.get_port()
    text = pages.addresses(server)
    assert f"Open http://localhost:{port}\n" in text
    assert f"ssh -L {port}:localhost:{port} " in text


def test_a_page_for_the_network_says_who_can_see_it() -> None:
    need("viser", "viser is not installed: make setup")
    server = pages.start("0.0.0.0", 0)
    try:
        assert "everybody there can see it" in pages.addresses(server)
    finally:
        pages.stop(server)


def test_a_public_address_is_never_asked_for(server) -> None:
    with pytest.raises(ConfigError, match="Sharing"):
        server.request_share_url()


def test_ten_browsers_at_once_and_one_that_goes_in_the_middle(server) -> None:
    server.gui.add_html("hello")
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(browser(server))) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(found) == 10
    found[0].socket.close()  # without a word, as a machine does that is switched off
    text = server.gui.add_html("before")
    text.content = "after"
    assert all(len(one.recv(timeout=20)) > 0 for one in found[1:])
    for one in found[1:]:
        one.close()
    browser(server).close()
