"""An AWS account played over HTTP: it answers each operation as `recorded/accounts/<name>.json`
says, and as `good.json` does where that file is silent. An answer has a status and a body: json,
xml, the events of a stream, or what a simulation of policies denies."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from scripts.local.bedrock import eventstream

RECORDED = Path(__file__).parent / "recorded" / "accounts"
KINDS = {
    "json": "application/x-amz-json-1.1",
    "xml": "text/xml",
    "stream": "application/vnd.amazon.eventstream",
    "simulated": "text/xml",
}


class FakeAccount(ThreadingHTTPServer):
    """`hangs` names operations that are never answered, by the beginning of their names; `date` is
    the clock of this AWS."""

    daemon_threads = True

    def __init__(self, name: str, *, hangs: tuple[str, ...] = (), date: str | None = None):
        self.answers = json.loads((RECORDED / "good.json").read_text()) | json.loads(
            (RECORDED / f"{name}.json").read_text()
        )
        self.hangs, self.date, self.asked = hangs, date, []
        self.closing = threading.Event()
        super().__init__(("127.0.0.1", 0), _FakeAccountHandler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _FakeAccountHandler(BaseHTTPRequestHandler):
    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        form = parse_qs(body)
        name = self.operation(form)
        self.server.asked.append((name, body))
        if any(name.startswith(start) for start in self.server.hangs):
            self.server.closing.wait()
            return
        named = self.server.answers.get(f"{name} {form.get('RoleName', [''])[0]}")
        said = (
            named
            or self.server.answers.get(name)
            or {"status": 501, "json": {"__type": "NotRecorded", "message": name}}
        )
        kind = next((kind for kind in KINDS if kind in said), None)
        data = self.data(kind, said, form) if kind else b""
        self.send_response_only(said["status"])
        self.send_header("Date", self.server.date or self.date_time_string())
        for header, value in {
            "Content-Type": KINDS.get(kind, "text/plain"),
            **said.get("headers", {}),
        }.items():
            self.send_header(header, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_HEAD = do_PUT = answer

    def operation(self, form: dict) -> str:
        """Its service, as the signature names it, and its name: a target, a form's action, or
        method and path."""
        service = self.headers["Authorization"].split("/")[3]
        target = self.headers.get("X-Amz-Target", "").split(".")[-1] or form.get("Action", [""])[0]
        return f"{service} {target or f'{self.command} {unquote(urlsplit(self.path).path)}'}"

    def data(self, kind: str, said: dict, form: dict) -> bytes:
        if kind == "stream":
            return b"".join(eventstream.event(name, body) for name, body in said["stream"])
        if kind == "simulated":
            return simulated(form, **said["simulated"]).encode()
        return said["xml"].encode() if kind == "xml" else json.dumps(said["json"]).encode()

    def log_message(self, *args):
        pass


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
        '<SimulatePrincipalPolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><SimulatePrincipalPolicyResult>'
        f"<EvaluationResults>{results}</EvaluationResults><IsTruncated>false</IsTruncated>"
        "</SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>"
    )


@contextmanager
def account(name: str, **more) -> Iterator[FakeAccount]:
    """The account, for as long as it is needed."""
    with FakeAccount(name, **more) as server:
        threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()
        try:
            yield server
        finally:
            server.closing.set()
            server.shutdown()
