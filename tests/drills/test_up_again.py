"""`make up` once more on a stack that runs, or did: what changed is applied, what is gone comes back."""

import os
import signal

from handler import __version__
from handler.ids import new_id
from tests.support.local_stack import answers
from tests.support.waiting import until


def test_a_changed_handler_is_live_after_the_next_up(stack):
    file = stack.folder / "handler/__init__.py"
    original = file.read_text()
    assert stack.call("POST", "/chat", json={"text": "Say one word."}).status_code == 200
    file.write_text(original.replace(__version__, "9.9.9"))
    try:
        stack.up()
        assert stack.call("GET", "/health").json()["version"] == "9.9.9"
        assert stack.call("GET", "/conversations").json()["items"], (
            "the history did not survive the update"
        )
    finally:
        file.write_text(original)
    stack.up()
    assert stack.call("GET", "/health").json()["version"] == __version__


def test_a_killed_emulator_is_brought_back_by_the_next_up(stack):
    os.kill(stack.pid("emulator"), signal.SIGKILL)
    until(lambda: not answers(int(stack.env["PORT"])), "the emulator has ended")
    refused = stack.make("invite", "ENV=local", "NAME=bia", check=False)
    assert refused.returncode != 0
    assert "make up" in refused.stderr
    assert "Traceback" not in refused.stderr
    stack.up()
    with stack.socket() as connection:
        assert (
            stack.ask(connection, new_id(), "Hello again.")[-1][1]["message"]["status"]
            == "complete"
        )
