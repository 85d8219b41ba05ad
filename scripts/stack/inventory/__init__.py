"""All things of each kind that a stack may be made of, as AWS lists them."""

from collections.abc import Callable, Iterator

from scripts.stack.inventory import everywhere, regional
from scripts.stack.inventory.account import AwsAccount, Resource

# By the service's name in an ARN, which is also what a person calls it.
ALL: dict[str, Callable[[AwsAccount], Iterator[Resource]]] = {
    "s3": regional.buckets,
    "dynamodb": regional.tables,
    "lambda": regional.functions,
    "apigateway": regional.apis,
    "cloudfront": everywhere.cloudfront,
    "iam": everywhere.iam,
    "logs": regional.log_groups,
    "logs insights": regional.saved_queries,
    "cloudwatch": regional.cloudwatch,
    "budgets": everywhere.budgets,
    "sns": regional.topics,
    "sqs": regional.queues,
    "ec2": regional.machines,
    "events": regional.rules,
    "scheduler": regional.schedules,
    "bedrock": regional.guardrails,
}
