"""Two guests of one stack: one who has things, and one who asks for them."""

import json
from dataclasses import dataclass

from boto3.dynamodb.conditions import Attr

from handler.ids import new_id
from tests.support.features import StackGuest
from tests.support.local_stack import PATIENCE, LocalStack
from tests.support.planned_table import every_item

# By route: what may be named in it. `{}` is where another guest's id goes, `{own}` a conversation
# of the caller.
NAMED = {
    "GET /conversations/{id}/messages": [("/conversations/{}/messages", None)],
    "PATCH /conversations/{id}": [("/conversations/{}", {"title": "Mine now"})],
    "DELETE /conversations/{id}": [("/conversations/{}", None)],
    "GET /messages/{id}": [("/messages/{}", None)],
    "POST /messages/{id}/stop": [("/messages/{}/stop", None)],
    "POST /chat": [
        ("/chat", {"text": "Hi", "conversation_id": "{}"}),
        ("/chat", {"text": "Hi", "conversation_id": "{own}", "replaces": "{}"}),
        ("/chat", {"text": "Hi", "conversation_id": "{}", "replaces": "{}"}),
    ],
}


@dataclass
class TwoGuests:
    """Ana's things by name, and Bia, who has one conversation of her own."""

    ana: StackGuest
    bia: StackGuest
    things: dict[str, str]
    own: str

    @classmethod
    def of(cls, stack: LocalStack) -> "TwoGuests":
        """Two new guests; Ana has one conversation that ended and one with a running reply."""
        ana, bia = StackGuest.invited(stack), StackGuest.invited(stack)
        past, running = ana.conversation(), ana.conversation(ended=False)
        things = {
            "conversation": past.conversation_id,
            "question": past.message_id,
            "reply": past.reply_id,
            "running conversation": running.conversation_id,
            "running question": running.message_id,
            "running reply": running.reply_id,
        }
        return cls(ana, bia, things, bia.conversation().conversation_id)

    def ask(self, route: str, path: str, body: dict | None, thing: str):
        """Bia's call that names `thing`."""
        sent = self._filled(body or {}, thing)
        return self.bia.call(route.split()[0], path.format(thing), json=sent or None)

    def frames(self, thing: str, body: dict) -> list[dict]:
        """The frames of Bia's turn that names `thing`."""
        frame = {"action": "chat", "token": self.bia.token, "message_id": new_id()}
        frame |= self._filled(body, thing)
        with self.bia.stack.socket() as connection:
            connection.send(json.dumps(frame))
            frames = [json.loads(connection.recv(timeout=PATIENCE))]
            while frames[-1]["type"] not in ("finished", "failed"):
                frames.append(json.loads(connection.recv(timeout=PATIENCE)))
        return [without(frame, "message_id") for frame in frames]

    def _filled(self, body: dict, thing: str) -> dict:
        own = self.own
        return {
            name: text.replace("{}", thing).replace("{own}", own) for name, text in body.items()
        }

    def belongings(self) -> list[dict]:
        """Everything in the table that is Ana's."""
        mine = [
            f"OWNER#{self.ana.guest_id}",
            *(f"{kind}#{thing}" for thing in self.things.values() for kind in ("CONV", "REPLY")),
        ]
        # A turn's record stands under its day, by the reply's id.
        found = Attr("pk").is_in(mine) | Attr("sk").is_in(list(self.things.values()))
        return every_item(self.ana.stack.deployed.table(), FilterExpression=found)


def without(body: object, *names: str) -> object:
    return (
        {name: value for name, value in body.items() if name not in names}
        if isinstance(body, dict)
        else body
    )


def seen(answer) -> tuple[int, object, dict]:
    """All that a caller sees of an answer, but its own time and number."""
    text = answer.json() if answer.content else None
    headers = {name.lower(): value for name, value in answer.headers.items()}
    own = [name for name in headers if name == "date" or "request" in name]
    return (
        answer.status_code,
        without(text, "request_id"),
        without(headers, "content-length" if text else "", *own),
    )
