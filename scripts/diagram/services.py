"""Which AWS services a plan holds, and a line about each, in the plan's own figures."""

from collections.abc import Callable, Mapping

from scripts.console.progress import Failure

# By the beginning of a resource's type. API Gateway's two APIs are told apart by their protocol.
KINDS = {
    "aws_apigatewayv2_": "",
    "aws_budgets_": "budgets",
    "aws_cloudfront_": "cloudfront",
    "aws_cloudwatch_": "cloudwatch",
    "aws_dynamodb_": "dynamodb",
    "aws_iam_": "iam",
    "aws_lambda_": "lambda",
    "aws_s3_": "s3",
    "aws_sns_": "sns",
    "aws_sqs_": "sqs",
}
# What the function calls and Terraform does not make, or only for a worker: by the service's name in an action.
CALLED = {"bedrock": "bedrock", "sqs": "sqs"}
PERMISSIONS = "module.function.data.aws_iam_policy_document.permissions"


def services(plan: Mapping[str, Mapping]) -> dict[str, str]:
    """The line about each service of the plan. Raises Failure for a kind of resource that no box stands for."""
    found = {_service(address) for address in plan if ".data." not in address and not address.startswith("data.")} - {""}
    found |= {api["protocol_type"].lower() for api in _of(plan, "aws_apigatewayv2_api")}
    actions = [action for statement in plan[PERMISSIONS]["statement"] for action in statement["actions"]]
    found |= {CALLED[name] for name in {action.split(":")[0] for action in actions} & set(CALLED)}
    return {name: LINES[name](plan) for name in found}


def _service(address: str) -> str:
    kind = next(part for part in address.split(".") if part.startswith("aws_"))
    for beginning, service in KINDS.items():
        if kind.startswith(beginning):
            return service
    raise Failure(f"No box stands for {address}: give its service one in scripts/diagram.")


def _of(plan: Mapping[str, Mapping], kind: str) -> list[Mapping]:
    return [resource for address, resource in plan.items() if f".{kind}." in address and ".data." not in address]


def _routes(api: str) -> Callable[[Mapping], str]:
    def line(plan: Mapping) -> str:
        keys = [address for address in plan if f"aws_apigatewayv2_route.{api}[" in address]
        return f"{len(keys)} routes"

    return line


def _function(plan: Mapping) -> str:
    (function,) = _of(plan, "aws_lambda_function")
    return f"{function['runtime'].replace('python', 'Python ')}, {function['architectures'][0]}, {function['memory_size']} MB"


def _table(plan: Mapping) -> str:
    tables = _of(plan, "aws_dynamodb_table")
    return f"{_count(len(tables), 'table')}, {'on demand' if tables[0]['billing_mode'] == 'PAY_PER_REQUEST' else 'provisioned'}"


def _budget(plan: Mapping) -> str:
    (budget,) = _of(plan, "aws_budgets_budget")
    return f"{float(budget['limit_amount']):g} {budget['limit_unit']} a month"


def _watch(plan: Mapping) -> str:
    (days,) = {group["retention_in_days"] for group in _of(plan, "aws_cloudwatch_log_group")}
    return f"logs {days} days, {_count(len(_of(plan, 'aws_cloudwatch_metric_alarm')), 'alarm')}"


def _counted(kind: str, noun: str) -> Callable[[Mapping], str]:
    return lambda plan: _count(len(_of(plan, kind)), noun)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


LINES: dict[str, Callable[[Mapping], str]] = {
    "bedrock": lambda _plan: "ConverseStream",
    "budgets": _budget,
    "cloudwatch": _watch,
    "cloudfront": lambda _plan: "HTTPS for the page",
    "dynamodb": _table,
    "http": _routes("http"),
    "iam": _counted("aws_iam_role", "role"),
    "lambda": _function,
    "s3": lambda _plan: "the page's files",
    "sns": _counted("aws_sns_topic", "topic"),
    "sqs": lambda _plan: "jobs for a worker",
    "websocket": _routes("websocket"),
}
