"""What a deploy and a destroy may need to do: for each type of resource that Terraform makes, its
IAM actions and the ARN they act on.

The actions are those that the AWS provider calls when it makes, reads, changes and removes such a
resource (AWS's service authorization reference has their names). A test keeps the table in step
with the plan."""

from dataclasses import dataclass

from scripts.doctor.context import CheckContext


@dataclass(frozen=True, slots=True)
class Need:
    """`feature` is what would be missing without it; `arn` is what `Need.on` fills in."""

    feature: str
    arn: str
    actions: tuple[str, ...]

    def on(self, context: CheckContext) -> str:
        """The ARN in this account."""
        return self.arn.format(
            stack=context.stack, region=context.region, account=context.identity.account
        )


def need(feature: str, arn: str, actions: str) -> Need:
    """A row; `actions` are names of the ARN's service, or of another one before a colon."""
    service = arn.split(":")[2]
    return Need(
        feature,
        arn,
        tuple(name if ":" in name else f"{service}:{name}" for name in actions.split()),
    )


_BUCKET = "arn:aws:s3:::{stack}-site-{account}"
_APIS = "arn:aws:apigateway:{region}::/apis/*"
_ROLE = "arn:aws:iam::{account}:role/{stack}"
_FUNCTION = "arn:aws:lambda:{region}:{account}:function:{stack}"
_TABLE = "arn:aws:dynamodb:{region}:{account}:table/{stack}"
_CDN = "arn:aws:cloudfront::{account}:*"
_TOPIC = "arn:aws:sns:{region}:{account}:{stack}-alarms"
_LOG = "arn:aws:logs:{region}:{account}:log-group:/aws/lambda/{stack}:*"
_RULE = "arn:aws:events:{region}:{account}:rule/{stack}-*"
_QUEUES = "arn:aws:sqs:{region}:{account}:{stack}-jobs*"
_GUARDRAIL = "arn:aws:bedrock:{region}:{account}:guardrail/*"
_BUDGET = "arn:aws:budgets::{account}:budget/{stack}"
# API Gateway's actions are HTTP's verbs.
_API = need("the APIs", _APIS, "GET POST PATCH DELETE")

NEEDS = {
    "aws_dynamodb_table": need(
        "the table",
        _TABLE,
        "CreateTable DescribeTable UpdateTable DeleteTable DescribeTimeToLive UpdateTimeToLive DescribeContinuousBackups "
        "ListTagsOfResource TagResource",
    ),
    "aws_iam_role": need(
        "the function's role",
        _ROLE,
        "CreateRole GetRole DeleteRole TagRole PassRole ListRolePolicies ListAttachedRolePolicies ListInstanceProfilesForRole "
        "DetachRolePolicy",
    ),
    "aws_iam_role_policy": need(
        "the function's role", _ROLE, "PutRolePolicy GetRolePolicy DeleteRolePolicy"
    ),
    "aws_iam_policy": need(
        "the kill switch",
        "arn:aws:iam::{account}:policy/{stack}-deny-model",
        "CreatePolicy GetPolicy GetPolicyVersion ListPolicyVersions CreatePolicyVersion DeletePolicyVersion DeletePolicy TagPolicy",
    ),
    "aws_lambda_function": need(
        "the function",
        _FUNCTION,
        "CreateFunction GetFunction UpdateFunctionCode UpdateFunctionConfiguration DeleteFunction ListVersionsByFunction "
        "GetFunctionCodeSigningConfig TagResource",
    ),
    "aws_lambda_function_event_invoke_config": need(
        "the function",
        _FUNCTION,
        "PutFunctionEventInvokeConfig GetFunctionEventInvokeConfig DeleteFunctionEventInvokeConfig",
    ),
    "aws_lambda_permission": need(
        "the function", _FUNCTION, "AddPermission GetPolicy RemovePermission"
    ),
    "aws_cloudwatch_log_group": need(
        "the log",
        _LOG,
        "CreateLogGroup DescribeLogGroups PutRetentionPolicy DeleteLogGroup ListTagsForResource TagResource",
    ),
    "aws_apigatewayv2_api": _API,
    "aws_apigatewayv2_integration": _API,
    "aws_apigatewayv2_route": _API,
    "aws_apigatewayv2_stage": _API,
    "aws_s3_bucket": need(
        "the page",
        _BUCKET,
        "CreateBucket DeleteBucket ListBucket ListBucketVersions GetBucketTagging PutBucketTagging GetBucketAcl GetBucketCORS "
        "GetBucketWebsite GetBucketVersioning GetAccelerateConfiguration GetBucketRequestPayment GetBucketLogging "
        "GetLifecycleConfiguration GetReplicationConfiguration GetEncryptionConfiguration GetBucketObjectLockConfiguration",
    ),
    "aws_s3_bucket_ownership_controls": need(
        "the page", _BUCKET, "PutBucketOwnershipControls GetBucketOwnershipControls"
    ),
    "aws_s3_bucket_public_access_block": need(
        "the page", _BUCKET, "PutBucketPublicAccessBlock GetBucketPublicAccessBlock"
    ),
    "aws_s3_bucket_policy": need(
        "the page", _BUCKET, "PutBucketPolicy GetBucketPolicy DeleteBucketPolicy"
    ),
    "aws_s3_object": need(
        "the page",
        f"{_BUCKET}/*",
        "PutObject GetObject DeleteObject DeleteObjectVersion PutObjectTagging GetObjectTagging",
    ),
    "aws_cloudfront_distribution": need(
        "CloudFront",
        _CDN,
        "CreateDistribution GetDistribution UpdateDistribution DeleteDistribution TagResource ListTagsForResource",
    ),
    "aws_cloudfront_origin_access_control": need(
        "CloudFront",
        _CDN,
        "CreateOriginAccessControl GetOriginAccessControl DeleteOriginAccessControl",
    ),
    "aws_cloudfront_response_headers_policy": need(
        "CloudFront",
        _CDN,
        "CreateResponseHeadersPolicy GetResponseHeadersPolicy UpdateResponseHeadersPolicy DeleteResponseHeadersPolicy",
    ),
    "aws_budgets_budget": need(
        "the budget", _BUDGET, "ViewBudget ModifyBudget TagResource ListTagsForResource"
    ),
    "aws_budgets_budget_action": need(
        "the kill switch",
        f"{_BUDGET}/action/*",
        "CreateBudgetAction DescribeBudgetAction UpdateBudgetAction DeleteBudgetAction",
    ),
    "aws_sns_topic": need(
        "the alarms",
        _TOPIC,
        "CreateTopic GetTopicAttributes SetTopicAttributes DeleteTopic TagResource ListTagsForResource",
    ),
    "aws_sns_topic_policy": need("the alarms", _TOPIC, "SetTopicAttributes GetTopicAttributes"),
    "aws_sns_topic_subscription": need(
        "the alarms", _TOPIC, "Subscribe Unsubscribe GetSubscriptionAttributes"
    ),
    "aws_cloudwatch_metric_alarm": need(
        "the alarms",
        "arn:aws:cloudwatch:{region}:{account}:alarm:{stack}-*",
        "PutMetricAlarm DescribeAlarms DeleteAlarms TagResource ListTagsForResource",
    ),
    "aws_cloudwatch_dashboard": need(
        "the dashboard",
        "arn:aws:cloudwatch::{account}:dashboard/{stack}",
        "PutDashboard GetDashboard DeleteDashboards",
    ),
    "aws_cloudwatch_event_rule": need(
        "the probe",
        _RULE,
        "PutRule DescribeRule DeleteRule EnableRule DisableRule TagResource ListTagsForResource",
    ),
    "aws_cloudwatch_event_target": need(
        "the probe", _RULE, "PutTargets ListTargetsByRule RemoveTargets"
    ),
    "aws_cloudwatch_log_metric_filter": need(
        "the dashboard", _LOG, "PutMetricFilter DescribeMetricFilters DeleteMetricFilter"
    ),
    "aws_cloudwatch_query_definition": need(
        "the saved queries",
        "arn:aws:logs:{region}:{account}:*",
        "PutQueryDefinition DescribeQueryDefinitions DeleteQueryDefinition",
    ),
    "aws_sqs_queue": need(
        "the worker's queue",
        _QUEUES,
        "CreateQueue GetQueueAttributes SetQueueAttributes DeleteQueue TagQueue ListQueueTags",
    ),
    "aws_bedrock_guardrail": need(
        "the guardrail",
        _GUARDRAIL,
        "CreateGuardrail GetGuardrail UpdateGuardrail DeleteGuardrail TagResource ListTagsForResource",
    ),
    "aws_bedrock_guardrail_version": need(
        "the guardrail", _GUARDRAIL, "CreateGuardrailVersion GetGuardrail DeleteGuardrail"
    ),
}

# What `make invite`, `make llm-on` and the other commands do to the table.
OPERATING = need("the owner's commands", _TABLE, "GetItem Query PutItem UpdateItem DeleteItem")


def needed(context: CheckContext) -> list[Need]:
    """The rows that this stack's settings ask for."""
    unused = {
        "aws_cloudfront_": not context.setting("cdn_enabled", True),
        "aws_bedrock_guardrail": context.setting("guardrail") is None,
        "aws_sns_topic_subscription": context.setting("alert_email") is None,
    }
    without = tuple(prefix for prefix, is_unused in unused.items() if is_unused)
    return [
        *dict.fromkeys(row for kind, row in NEEDS.items() if not kind.startswith(without)),
        OPERATING,
    ]
