"""Addresses to listen on: read, and tried before anything else is started."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from seawall.errors import ConfigError

__all__ = ["check_ports", "split_address", "telling"]


def split_address(setting: str, text: str) -> tuple[str, int]:
    """Split a setting's `HOST:PORT` (`[::1]:7400` for IPv6). Raises ConfigError."""
    host, _, port = text.rpartition(":")
    if not host or not (port.isascii() and port.isdecimal()) or int(port) > 65_535:
        raise ConfigError(f"{setting}: {text!r} is not HOST:PORT")
    return host.removeprefix("[").removesuffix("]"), int(port)


def check_ports(**addresses: str) -> None:
    """Try to take each setting's address and let go of it; raises ConfigError where one cannot.

    Somebody else may still take it before we listen, and is told of then: this is so that the usual
    mistake, a second gateway, costs no start of a database and a state server.
    """
    taken: dict[str, str] = {}
    for setting, address in addresses.items():
        host, port = split_address(setting, address)
        if port and address in taken:
            raise ConfigError(f"{setting}: {address} is what {taken[address]} listens on")
        taken[address] = setting
        with telling(setting, address):
            _try(host, port)


def _try(host: str, port: int) -> None:
    """Bind as `create_server` will. Raises OSError."""
    found = socket.getaddrinfo(
        None if host == "*" else host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    for family, kind, protocol, _, address in found:
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                trial.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            trial.bind(address)


@contextmanager
def telling(setting: str, address: str) -> Iterator[None]:
    """Make a socket that cannot be opened the setting's fault, as it mostly is: a port in use."""
    try:
        yield
    except OSError as problem:
        number = problem.errno or 0  # below 0 for a name that cannot be resolved
        why = os.strerror(number) if number > 0 else problem.strerror
        raise ConfigError(f"{setting}: cannot listen on {address}: {why or problem}") from problem
    except UnicodeError as problem:
        raise ConfigError(f"{setting}: {address!r} is no host's name") from problem
