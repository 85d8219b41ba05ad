"""Whether a service can have its port. Standard library only."""

import socket

from scripts.local import daemons

VARIABLES = {"emulator": "PORT", "model": "MODEL_PORT"}


def problem(number: int, name: str) -> str | None:
    """None when the port is free, or held by the service of that name, which an earlier `make up`
    started."""
    ours = daemons.find(name)
    if ours and ours.port == number:
        return None
    other = f"{VARIABLES[name]}={number + 1 if number > 1023 else 4566}"
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", number))
            return None
        except PermissionError:
            return (
                f"Port {number} may not be used by you: choose one above 1023, for example {other}."
            )
        except OSError:
            return (
                f"Port {number} is taken by another program: end that program, "
                f"or run make up {other}."
            )
