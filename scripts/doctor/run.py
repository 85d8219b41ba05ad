"""Runs all checks side by side and prints one line each, in a fixed order."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial

from botocore.exceptions import ClientError

from scripts.console.progress import Failure
from scripts.doctor import account, limits, model, names, permissions, tools
from scripts.doctor.aws import DENIED, UNREACHED, Aws, code, message
from scripts.doctor.check import CheckContext, Result, fail, skip, warn
from scripts.doctor.threads import start
from scripts.workspace import target
from scripts.workspace.settings import OwnerSettings

# Seconds for all checks together.
DEADLINE = 25
AGAIN = "run make doctor again"

CHECKS: dict[str, Callable[[CheckContext], Result]] = {
    "tools": tools.tools,
    "credentials": account.credentials,
    "region": account.region,
    "plan": account.plan,
    "permissions": permissions.permissions,
    "model": model.model,
    "reply": model.reply,
    "cloudfront": limits.cloudfront,
    "lambda": limits.lambda_executions,
    "budgets": limits.budgets,
    "alert_email": limits.alert_email,
    "names": names.names,
    "leftovers": names.leftovers,
}
# All others need good credentials.
WITHOUT_ACCOUNT = {"tools", "alert_email"}


def examine(
    settings: OwnerSettings, env: str, *, ask_model: bool = True, say: Callable[[str], None] = print
) -> bool:
    """Whether a deploy of these settings can work: False when a check failed; warnings pass. `say`
    gets each line as soon as those before it are known. It ends within DEADLINE and a moment.
    Raises Failure when ENV=local has no emulator."""
    until = time.monotonic() + DEADLINE
    endpoints: tuple[str, ...] = ()
    if env == "local":
        model_port = target.ports().get("model", 0)
        endpoints = (target.local_endpoint(), f"http://127.0.0.1:{model_port}")
    context = CheckContext(settings, env, Aws(settings.region, *endpoints), ask_model)
    are_credentials_known = threading.Event()
    running = {name: start(partial(_run, name, context, are_credentials_known)) for name in CHECKS}
    is_good = True
    for name, future in running.items():
        result = _answer(future, until)
        is_good = is_good and result.state != "fail"
        say(result.line(name))
    return is_good


def _run(name: str, context: CheckContext, are_credentials_known: threading.Event) -> Result:
    if name == "credentials":
        try:
            return _result(name, context)
        finally:
            are_credentials_known.set()
    if name not in WITHOUT_ACCOUNT:
        are_credentials_known.wait()
        if not context.signed_in:
            return skip("needs good credentials")
    return _result(name, context)


def _result(name: str, context: CheckContext) -> Result:
    """The check's, or what went wrong with it: one check's trouble is never another's."""
    try:
        return CHECKS[name](context)
    except Failure as failure:
        return fail(str(failure), "fix that first")
    except UNREACHED:
        return warn("no answer from AWS", AGAIN)
    except ClientError as error:
        if code(error) in DENIED:
            denied = f"these credentials may not look ({message(error)})"
            return warn(denied, "allow it, or go on without knowing")
        return warn(f"AWS returned an error ({code(error)}: {message(error)})", AGAIN)
    except Exception as error:
        return warn(f"could not be checked ({type(error).__name__}: {message(error)})", AGAIN)


def _answer(future: Future[Result], until: float) -> Result:
    try:
        return future.result(max(0, until - time.monotonic()))
    except TimeoutError:
        return warn(f"no answer within {DEADLINE} s", f"check the connection, then {AGAIN}")
