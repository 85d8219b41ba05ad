"""All resources of each kind that a stack may be made of, as AWS lists them."""

from collections.abc import Callable, Iterator

from scripts.stack.inventory import listings
from scripts.stack.inventory.account import AwsAccount, Resource

# By the service's name in an ARN, which is also what a person calls it.
ALL: dict[str, Callable[[AwsAccount], Iterator[Resource]]] = {
    "s3": listings.buckets,
    "dynamodb": listings.tables,
    "lambda": listings.functions,
    "apigateway": listings.apis,
    "cloudfront": listings.cloudfront,
    "iam": listings.iam,
    "logs": listings.log_groups,
    "logs insights": listings.saved_queries,
    "cloudwatch": listings.cloudwatch,
    "budgets": listings.budgets,
    "sns": listings.topics,
    "sqs": listings.queues,
    "ec2": listings.machines,
    "events": listings.rules,
    "scheduler": listings.schedules,
    "bedrock": listings.guardrails,
}
