"""An HTTP API in front of the handler, as API Gateway is: any HTTP client can call a bench."""

import base64
import threading
import uuid
from contextlib import contextmanager

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from handler.api.http import ROUTES
from tests.support.lambda_bench import LambdaContext, recorded

_MAP = Map(
    [
        Rule(path.replace("{", "<").replace("}", ">"), endpoint=key, methods=[method])
        for key in ROUTES
        for method, path in [key.split(" ")]
    ],
    strict_slashes=False,
    merge_slashes=False,
)


def front(app):
    """A WSGI application that turns requests into events of payload version 2.0."""

    @Request.application
    def wsgi(request: Request) -> Response:
        try:
            key, ids = _MAP.bind_to_environ(request.environ).match()
        except HTTPException:
            key, ids = "$default", {}
        event = recorded("http")
        event |= {
            "routeKey": key,
            "rawPath": request.path,
            "rawQueryString": request.query_string.decode("latin-1"),
        }
        event["headers"] = {name.lower(): value for name, value in request.headers}
        event["requestContext"] |= {"routeKey": key, "requestId": uuid.uuid4().hex}
        event["pathParameters"] = ids
        event["queryStringParameters"] = {
            name: ",".join(request.args.getlist(name)) for name in request.args
        }
        body = request.get_data()
        try:
            event["body"] = body.decode()
        except UnicodeDecodeError:
            event |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
        answer = app.handle(event, LambdaContext(30))
        return Response(answer.get("body", ""), answer["statusCode"], answer.get("headers", {}))

    return wsgi


@contextmanager
def served(app):
    """The API's base URL, while it is served on loopback."""
    server = make_server("127.0.0.1", 0, front(app), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
