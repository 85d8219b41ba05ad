"""Work side by side that nothing waits for: at the program's end, what still hangs on a dead line
is left behind."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def start(task: Callable[[], T]) -> Future[T]:
    """Begins `task`. Not an executor, whose threads Python joins before it ends."""
    future: Future[T] = Future()

    def work() -> None:
        try:
            future.set_result(task())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    return future


def together(tasks: Iterable[Callable[[], T]]) -> list[T]:
    """The results of all tasks, in their order. Raises the first one's error."""
    return [future.result() for future in [start(task) for task in tasks]]
