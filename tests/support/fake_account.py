"""An AWS account played over HTTP: it answers each operation as `recorded/accounts/<name>.json`
says, and as `good.json` does where that file is silent. An answer has a status and a body: json,
xml, the events of a stream, or what a simulation of policies denies."""

import json
import re
import threading
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from scripts.local.bedrock import eventstream
from tests.support.http_double import HttpAnswer, HttpDouble, HttpRequest

RECORDED = Path(__file__).parent / "recorded" / "accounts"
KINDS = {
    "json": "application/x-amz-json-1.1",
    "xml": "text/xml",
    "stream": "application/vnd.amazon.eventstream",
    "simulated": "text/xml",
}


class FakeAccount(HttpDouble):
    """`hangs` names operations that are never answered, by the beginning of their names; `date` is
    the clock of this AWS. `asked` has the name and the body of each operation that came."""

    def __init__(self, name: str, *, hangs: tuple[str, ...] = (), date: str | None = None):
        super().__init__(self._answer)
        self.asked: list[tuple[str, str]] = []
        self._hangs = hangs
        self._date = date
        self._closing = threading.Event()
        self._recorded = _recorded("good") | _recorded(name)

    def __exit__(self, *error) -> None:
        self._closing.set()
        super().__exit__(*error)

    def _answer(self, request: HttpRequest) -> HttpAnswer | None:
        body = request.body.decode()
        form = parse_qs(body)
        name = _operation(request, form)
        self.asked.append((name, body))
        if name.startswith(self._hangs):
            self._closing.wait()
            return None
        by_role = f"{name} {form.get('RoleName', [''])[0]}"
        unknown = {"status": 501, "json": {"__type": "NotRecorded", "message": name}}
        said = self._recorded.get(by_role) or self._recorded.get(name) or unknown
        kind = next((kind for kind in KINDS if kind in said), None)
        headers = {"Date": self._date} if self._date else {}
        headers |= {"Content-Type": KINDS.get(kind, "text/plain"), **said.get("headers", {})}
        return HttpAnswer(said["status"], _body(kind, said, form), headers)


def _recorded(name: str) -> dict:
    return json.loads((RECORDED / f"{name}.json").read_text())


def _operation(request: HttpRequest, form: dict) -> str:
    """Its service, as the signature names it, and its name: a target, a form's action, or method
    and path."""
    service = request.headers["Authorization"].split("/")[3]
    target = request.headers.get("X-Amz-Target", "").split(".")[-1] or form.get("Action", [""])[0]
    return f"{service} {target or f'{request.method} {unquote(urlsplit(request.path).path)}'}"


def _body(kind: str | None, said: dict, form: dict) -> bytes:
    match kind:
        case None:
            return b""
        case "stream":
            return b"".join(eventstream.event(name, body) for name, body in said["stream"])
        case "simulated":
            return simulated(form, **said["simulated"]).encode()
        case "xml":
            return said["xml"].encode()
        case _:
            return json.dumps(said["json"]).encode()


def simulated(
    form: dict, *, denied: tuple | list = (), denied_elsewhere: dict | None = None
) -> str:
    """IAM's answer. `denied_elsewhere` allows actions of a prefix on one resource alone."""
    names = [
        values[0] for key, values in form.items() if re.fullmatch(r"ActionNames\.member\.\d+", key)
    ]
    assert 0 < len(names) <= 100, len(names)
    arn = form["ResourceArns.member.1"][0]

    def decision(action: str) -> str:
        only = next(
            (only for start, only in (denied_elsewhere or {}).items() if action.startswith(start)),
            arn,
        )
        return "implicitDeny" if action in denied or only != arn else "allowed"

    results = "".join(
        f"<member><EvalActionName>{name}</EvalActionName><EvalResourceName>{arn}</EvalResourceName>"
        f"<EvalDecision>{decision(name)}</EvalDecision><MatchedStatements/><MissingContextValues/></member>"
        for name in names
    )
    return (
        "<SimulatePrincipalPolicyResponse "
        'xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><SimulatePrincipalPolicyResult>'
        f"<EvaluationResults>{results}</EvaluationResults><IsTruncated>false</IsTruncated>"
        "</SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>"
    )
