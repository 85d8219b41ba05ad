"""A guest whose conversations no turn wrote: put straight into the local stack's table, they are
served by the real API."""

import time
from collections.abc import Iterable

from handler.ids import new_id
from handler.store.keys import message_to_item, owner
from handler.tokens import hash_token
from handler.values import Message, Usage, iso


class SeededGuest:
    def __init__(self, stack, name: str):
        deployed = stack.deployed
        self._table = deployed.table()
        deployed.store().guests.revoke(name=name)
        self.token = deployed.mint(name, days=1, daily=500)
        self.link = deployed.link(self.token)
        key = {"pk": f"GUEST#{hash_token(self.token)}", "sk": "GUEST"}
        self._guest_id = self._table.get_item(Key=key)["Item"]["guest_id"]

    def conversation(
        self, title: str, replies: Iterable[str] = (), *, model: str = "a-model"
    ) -> str:
        """Stores one, in which the guest and the model said each text alike; its id."""
        now, conversation_id = time.time(), new_id()
        item = {
            "id": conversation_id,
            "title": title,
            "created_at": iso(now),
            "updated_at": iso(now),
        }
        self._table.put_item(
            Item={"pk": owner(self._guest_id), "sk": f"CONV#{conversation_id}", **item}
        )
        with self._table.batch_writer() as batch:
            for second, text in enumerate(replies):
                turn = new_id(now + second)
                shared = {
                    "conversation_id": conversation_id,
                    "text": text,
                    "status": "complete",
                    "created_at": iso(now),
                    "turn": turn,
                }
                batch.put_item(Item=message_to_item(Message(id=new_id(), role="user", **shared)))
                usage = Usage(1, 1, 1, estimated=False)
                batch.put_item(
                    Item=message_to_item(
                        Message(id=turn, role="assistant", model=model, usage=usage, **shared)
                    )
                )
        return conversation_id
