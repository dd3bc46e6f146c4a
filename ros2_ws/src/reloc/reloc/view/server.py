"""Start the server of a page: an optional package, a free port, and addresses that a person can open."""

from __future__ import annotations

import contextlib
import errno
import getpass
import importlib
import io
import os
import socket
from types import ModuleType
from typing import TYPE_CHECKING, NoReturn

from reloc.errors import ConfigError, DependencyError, PortInUseError
from reloc.parsing.blame import shown

if TYPE_CHECKING:
    from viser import ViserServer

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8080
_EVERY_HOST = ("", "0.0.0.0", "::")
_TAKEN_ENVIRONMENT = "_VISER_PORT_OVERRIDE"  # it would replace the port that was asked for


def start(host: str = DEFAULT_HOST, port: int = DEFAULT_PORT, label: str = "reloc") -> ViserServer:
    """Start the server of an empty page. It serves until ``stop`` is called or the process ends.

    Args:
        host: address to listen on; 127.0.0.1 takes connections of this machine only.
        port: 0 takes any free port.
        label: title of the panel.

    Raises:
        DependencyError: viser is not installed.
        PortInUseError: another program listens on this port.
        ConfigError: this machine does not have this address, or may not listen on this port.
    """
    viser = _viser()
    _check_free(host, port)
    os.environ.pop(_TAKEN_ENVIRONMENT, None)
    with contextlib.redirect_stdout(io.StringIO()):  # it prints a box; `addresses` says more
        server: ViserServer = viser.ViserServer(host=host or "0.0.0.0", port=port or _free_port(host), verbose=False)
    if port and server.get_port() != port:  # taken since the check: viser then goes on to the next one
        stop(server)
        raise _in_use(host, port)
    server.request_share_url = _refuse_to_share
    server.gui.configure_theme(show_logo=False, show_share_button=False, control_width="large")
    server.gui.set_panel_label(label)
    return server


def check_installed() -> None:
    """Check that a page can be served.

    Raises:
        DependencyError: viser is not installed.
    """
    _viser()


def stop(server: ViserServer) -> None:
    """End a page: its browsers show that the connection is lost."""
    with contextlib.redirect_stdout(io.StringIO()):  # it says so itself, once more at the end of the process
        server.stop()


def addresses(server: ViserServer) -> str:
    """Return the lines that say how to open the page: here, over ssh, and, if it listens there, in the network."""
    host, port = server.get_host(), server.get_port()
    name = socket.gethostname()
    here = "localhost" if host in (*_EVERY_HOST, "127.0.0.1") else f"[{host}]" if ":" in host else host
    lines = [f"Open http://{here}:{port}"]
    if host in _EVERY_HOST:
        lines.append(f"In the network: http://{name}:{port} (everybody there can see it and use its buttons)")
    else:
        lines.append(f"From another machine: ssh -L {port}:{here}:{port} {_user()}{name}, then open the same address")
    return "\n".join(lines)


def _viser() -> ModuleType:
    try:
        return importlib.import_module("viser")
    except ImportError as error:
        raise DependencyError(
            f"The page in the browser needs the package viser, which cannot be imported ({error})",
            "Install it: pip install viser==1.1.1, or run `make setup` in reloc's repository",
        ) from error


def _check_free(host: str, port: int) -> None:
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        with socket.socket(found[0], found[1]) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port that was just left is free
            trial.bind(found[4])
    except (OSError, UnicodeError, OverflowError) as error:
        number = getattr(error, "errno", None)
        if number == errno.EADDRINUSE:
            raise _in_use(host, port) from error
        where = f"{shown(host)}, port {port}"
        raise ConfigError(
            f"The page cannot listen on {where}: {error}",
            "Give --host an address of this machine, such as 127.0.0.1, and --port a number above 1023",
        ) from error


def _in_use(host: str, port: int) -> PortInUseError:
    return PortInUseError(
        f"Another program listens on port {port} of {shown(host)}",
        f"Give another port, such as --port {port + 1 if port < 65535 else 8080}; --port 0 takes any free one",
    )


def _free_port(host: str) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.bind((host, 0))
        return int(trial.getsockname()[1])


def _user() -> str:
    try:
        return f"{getpass.getuser()}@"
    except (KeyError, OSError):  # a container's user may have no name
        return ""


def _refuse_to_share(verbose: bool = True) -> NoReturn:
    """Refuse viser's public address: a robot's images are not sent to a third party."""
    raise ConfigError("Sharing by a public address is off", "Use --host or an ssh tunnel")
