"""However a run is ended, by Ctrl-C, a kill or a closed terminal: its fixtures end what they have
started, and have the time for it."""

import os
import signal

import pytest
from execnet.gateway_base import WorkerGateway
from xdist.workermanage import NodeManager

# Seconds. Left to themselves, pytest-xdist and execnet give the fixtures ten.
GRACE = 120


class Interrupt:
    """Interrupts once: each further signal would break off what the first has set going."""

    def __init__(self) -> None:
        self._seen = False

    def __call__(self, _number: int, _frame: object) -> None:
        if not self._seen:
            self._seen = True
            raise KeyboardInterrupt


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        interrupt = Interrupt()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, interrupt)
        WorkerGateway._terminate_execution = _end  # type: ignore[method-assign]
        return
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_DFL:  # nohup ignores it
            signal.signal(number, signal.default_int_handler)
    NodeManager.EXIT_TIMEOUT = GRACE


def _end(gateway: WorkerGateway) -> None:
    """Ends a worker whose run is over, or has lost the process that it speaks to."""
    pool = gateway._execpool
    pool.trigger_shutdown()
    if pool.waitall(1):
        return
    os.kill(os.getpid(), signal.SIGINT)
    if not pool.waitall(GRACE):
        os._exit(1)
