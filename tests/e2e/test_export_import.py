"""`make export` and `make import` on the running stack, as its owner types them."""

import json
import time

from handler.ids import new_id
from handler.tokens import is_token
from handler.values import GUEST_NAME


def test_everything_is_exported_and_brought_back(stack, tmp_path):
    # The hostile pages' guests have names that `make invite` refuses, and so does the import.
    store = stack.deployed.store()
    for guest in store.guests.list(now=time.time()):
        if not GUEST_NAME.fullmatch(guest.name):
            store.guests.revoke(name=guest.name)
    name = f"ana {new_id()}"
    token = stack.make("invite", "ENV=local", f"NAME={name}").stdout.strip().split("#invite=")[1]
    reply = stack.call(
        "POST", "/chat", token=token, json={"text": "Say one word. ¿Ñandú 🦤?"}
    ).json()["reply"]

    def conversations() -> list[dict]:
        return stack.call("GET", "/conversations", token=token).json()["items"]

    def messages() -> list[dict]:
        return stack.call(
            "GET", f"/conversations/{reply['conversation_id']}/messages", token=token
        ).json()["items"]

    before = conversations(), messages()
    folder = tmp_path / "export"
    run = stack.make("export", "ENV=local", f"TO={folder}")
    assert run.stdout == f"{folder}\n"
    assert "Exported " in run.stderr
    (page,) = (folder / "markdown" / name).iterdir()
    assert reply["text"] in page.read_text()

    assert stack.call("DELETE", "/conversations", token=token).status_code == 204
    assert conversations() == []
    run = stack.make("import", "ENV=local", f"FROM={folder}")
    assert "Imported 1 conversations" in run.stderr
    assert (conversations(), messages()) == before

    stack.make("revoke", "ENV=local", f"NAME={name}")
    run = stack.make("import", "ENV=local", f"FROM={folder}")
    link = run.stdout.strip().split("#invite=")[1]
    assert is_token(link)
    assert stack.call("GET", "/conversations", token=link).json()["items"] == before[0]

    piped = stack.make("export", "ENV=local", "TO=-").stdout.splitlines()
    assert [json.loads(line)["type"] for line in (piped[0], piped[-1])] == ["header", "end"]

    run = stack.make("import", "ENV=local", f"FROM={page}", check=False)
    assert run.returncode != 0
    assert run.stderr.splitlines()[0].startswith(
        "Markdown is there to be read and cannot be imported"
    )
