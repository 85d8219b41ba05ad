"""Every type of resource that Terraform may plan: one row for its service, for what it costs while
nobody uses the stack, and for how `make verify-gone` finds it. A test reads every plan and fails on
a type without a row."""

from dataclasses import dataclass

BY_REQUEST = "billed by the request"
SETTING = "a setting, which is not billed"


@dataclass(frozen=True, slots=True)
class AwsKind:
    """`service` is what people call it, and `idle` says why it costs nothing while nobody uses the
    stack. `listed` is the listing of scripts/stack/inventory that finds it where a destroy left it
    behind; without one it goes with another resource. `free` is how many an account has for
    nothing, 0 for any number; `usd` is what one bills in a month at the least."""

    service: str
    idle: str
    listed: str = ""
    free: int = 0
    usd: float = 0


KINDS = {
    "aws_apigatewayv2_api": AwsKind("API Gateway", BY_REQUEST, "apigateway"),
    "aws_apigatewayv2_integration": AwsKind("API Gateway", SETTING),
    "aws_apigatewayv2_route": AwsKind("API Gateway", SETTING),
    "aws_apigatewayv2_stage": AwsKind("API Gateway", SETTING),
    "aws_bedrock_guardrail": AwsKind("Bedrock", "billed by the text that it reads", "bedrock"),
    "aws_bedrock_guardrail_version": AwsKind("Bedrock", SETTING),
    "aws_budgets_budget": AwsKind("Budgets", "budgets are free", "budgets"),
    "aws_budgets_budget_action": AwsKind(
        "Budgets", "an account's first two are free, the next cost 0.10 USD a day", free=2
    ),
    "aws_cloudfront_distribution": AwsKind(
        "CloudFront", "billed by the request and by bytes out", "cloudfront"
    ),
    "aws_cloudfront_origin_access_control": AwsKind("CloudFront", SETTING, "cloudfront"),
    "aws_cloudfront_response_headers_policy": AwsKind("CloudFront", SETTING, "cloudfront"),
    "aws_cloudwatch_dashboard": AwsKind(
        "CloudWatch",
        "an account's first three are free, the next cost 3 USD a month",
        "cloudwatch",
        free=3,
    ),
    "aws_cloudwatch_event_rule": AwsKind(
        "EventBridge",
        "a schedule is free; the calls that it makes are the probe's",
        "events",
    ),
    "aws_cloudwatch_event_target": AwsKind("EventBridge", SETTING),
    "aws_cloudwatch_log_group": AwsKind(
        "CloudWatch", "billed by what is written, and 0.03 USD per GB and month", "logs"
    ),
    "aws_cloudwatch_log_metric_filter": AwsKind(
        "CloudWatch", "billed while lines come in, and an account's first ten metrics are free"
    ),
    "aws_cloudwatch_metric_alarm": AwsKind(
        "CloudWatch",
        "an account's first ten are free, the next cost 0.10 USD a month",
        "cloudwatch",
        10,
    ),
    "aws_cloudwatch_query_definition": AwsKind("CloudWatch", SETTING, "logs insights"),
    "aws_dynamodb_table": AwsKind(
        "DynamoDB", "on demand: billed by the request, and 0.25 USD per GB and month", "dynamodb"
    ),
    "aws_iam_instance_profile": AwsKind("IAM", SETTING, "iam"),
    "aws_iam_policy": AwsKind("IAM", SETTING, "iam"),
    "aws_iam_role": AwsKind("IAM", SETTING, "iam"),
    "aws_iam_role_policy": AwsKind("IAM", SETTING),
    "aws_instance": AwsKind("EC2", "only a lease plans it", "ec2", usd=3),
    "aws_lambda_function": AwsKind("Lambda", "billed while it runs", "lambda"),
    "aws_lambda_function_event_invoke_config": AwsKind("Lambda", SETTING),
    "aws_lambda_permission": AwsKind("Lambda", SETTING),
    "aws_s3_bucket": AwsKind("S3", "0.023 USD per GB and month", "s3"),
    "aws_s3_bucket_ownership_controls": AwsKind("S3", SETTING),
    "aws_s3_bucket_policy": AwsKind("S3", SETTING),
    "aws_s3_bucket_public_access_block": AwsKind("S3", SETTING),
    "aws_s3_object": AwsKind("S3", "part of its bucket: less than a megabyte in all"),
    "aws_scheduler_schedule": AwsKind("EventBridge Scheduler", "billed by the run", "scheduler"),
    "aws_security_group": AwsKind("EC2", SETTING, "ec2"),
    "aws_sns_topic": AwsKind("SNS", BY_REQUEST, "sns"),
    "aws_sns_topic_policy": AwsKind("SNS", SETTING),
    "aws_sns_topic_subscription": AwsKind("SNS", SETTING),
    "aws_sqs_queue": AwsKind("SQS", BY_REQUEST, "sqs"),
    "aws_vpc_security_group_egress_rule": AwsKind("EC2", SETTING),
}
