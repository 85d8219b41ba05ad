"""Runs all checks side by side and prints one line each, in a fixed order."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from botocore.exceptions import ClientError

from scripts.console.progress import Failure
from scripts.doctor import account, limits, model, names, permissions, tools
from scripts.doctor.aws import DENIED, UNREACHED, Aws, code, said
from scripts.doctor.context import CheckContext
from scripts.doctor.result import Result, fail, skip, warn
from scripts.doctor.threads import start
from scripts.workspace import target
from scripts.workspace.settings import OwnerSettings

# Seconds for all checks together.
DEADLINE = 25


@dataclass(frozen=True, slots=True)
class Check:
    """A line. Most checks can be asked only with good credentials."""

    name: str
    ask: Callable[[CheckContext], Result]
    signed_in: bool = True


CHECKS = (
    Check("tools", tools.tools, signed_in=False),
    Check("credentials", account.credentials, signed_in=False),
    Check("region", account.region),
    Check("plan", account.plan),
    Check("permissions", permissions.permissions),
    Check("model", model.model),
    Check("reply", model.reply),
    Check("cloudfront", limits.cloudfront),
    Check("lambda", limits.lambda_executions),
    Check("budgets", limits.budgets),
    Check("alert_email", limits.alert_email, signed_in=False),
    Check("names", names.names),
    Check("leftovers", names.leftovers),
)


def examine(
    settings: OwnerSettings, env: str, *, ask_model: bool = True, say: Callable[[str], None] = print
) -> bool:
    """Whether a deploy of these settings can work: False when a check failed; warnings pass. `say`
    gets each line as soon as those before it are known. It ends within DEADLINE and a moment.
    Raises Failure when ENV=local has no emulator."""
    until = time.monotonic() + DEADLINE
    endpoints = (
        (target.local_endpoint(), f"http://127.0.0.1:{target.ports().get('model', 0)}")
        if env == "local"
        else ()
    )
    context = CheckContext(settings, env, Aws(settings.region, *endpoints), ask_model)
    signed_in = threading.Event()
    running = {
        check: start(lambda check=check: _ask(check, context, signed_in)) for check in CHECKS
    }
    results = []
    for check in CHECKS:
        results.append(_answer(running[check], until))
        say(results[-1].line(check.name))
    return all(result.state != "fail" for result in results)


def _ask(check: Check, context: CheckContext, signed_in: threading.Event) -> Result:
    if check.ask is account.credentials:
        try:
            return _heard(check, context)
        finally:
            signed_in.set()
    if check.signed_in:
        signed_in.wait()
        if not context.identity:
            return skip("not asked without credentials")
    return _heard(check, context)


def _heard(check: Check, context: CheckContext) -> Result:
    """The check's result, also where AWS gave none. One check's trouble is never another's."""
    again = "run make doctor again"
    try:
        return check.ask(context)
    except Failure as failure:
        return fail(str(failure), "mend that first")
    except UNREACHED:
        return warn("no answer from AWS", again)
    except ClientError as error:
        if code(error) in DENIED:
            return warn(
                f"these credentials may not look ({said(error)})",
                "allow it, or go on without knowing",
            )
        return warn(f"AWS did not tell ({code(error)}: {said(error)})", again)
    except Exception as error:
        return warn(f"could not be checked ({type(error).__name__}: {said(error)})", again)


def _answer(future: Future, until: float) -> Result:
    try:
        return future.result(max(0, until - time.monotonic()))
    except TimeoutError:
        return warn(
            f"no answer within {DEADLINE} s", "check the connection, then run make doctor again"
        )
