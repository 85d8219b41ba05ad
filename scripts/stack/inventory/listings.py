"""What an account has, one function for each service, with the command that removes each."""

from collections.abc import Iterator
from functools import partial

from scripts.stack.inventory.account import AwsAccount, Resource, pairs


def buckets(account: AwsAccount) -> Iterator[Resource]:
    for one in account.pages("s3", "list_buckets", "Buckets"):
        name = one["Name"]
        yield account.resource("bucket", f"arn:aws:s3:::{name}", f"aws s3 rb s3://{name} --force")


def tables(account: AwsAccount) -> Iterator[Resource]:
    for name in account.pages("dynamodb", "list_tables", "TableNames"):
        remove = f"aws dynamodb delete-table --table-name {name}"
        yield account.resource("table", f"arn:aws:dynamodb:{account.here}:table/{name}", remove)


def functions(account: AwsAccount) -> Iterator[Resource]:
    for one in account.pages("lambda", "list_functions", "Functions"):
        remove = f"aws lambda delete-function --function-name {one['FunctionName']}"
        yield account.resource("function", one["FunctionArn"], remove)


def apis(account: AwsAccount) -> Iterator[Resource]:
    for one in account.pages("apigatewayv2", "get_apis", "Items"):
        arn = f"arn:aws:apigateway:{account.region}::/apis/{one['ApiId']}"
        remove = f"aws apigatewayv2 delete-api --api-id {one['ApiId']}"
        yield account.resource("API", arn, remove, one["Name"], one.get("Tags") or {})


def cloudfront(account: AwsAccount) -> Iterator[Resource]:
    """Distributions and what they refer to."""
    start, delete = f"arn:aws:cloudfront::{account.id}:", "aws cloudfront delete-"
    for one in account.pages("cloudfront", "list_distributions", "DistributionList.Items"):
        remove = f"disable, then delete {one['Id']} in the CloudFront console"
        yield account.resource("distribution", one["ARN"], remove, one.get("Comment", ""))
    controls = ("list_origin_access_controls", "OriginAccessControlList.Items")
    for one in account.pages("cloudfront", *controls):
        arn = f"{start}origin-access-control/{one['Id']}"
        remove = f"{delete}origin-access-control --id {one['Id']} --if-match ETAG"
        yield account.resource("origin access control", arn, remove, one["Name"])
    policies = ("list_response_headers_policies", "ResponseHeadersPolicyList.Items")
    for one in account.pages("cloudfront", *policies, Type="custom"):
        policy = one["ResponseHeadersPolicy"]
        arn = f"{start}response-headers-policy/{policy['Id']}"
        remove = f"{delete}response-headers-policy --id {policy['Id']} --if-match ETAG"
        name = policy["ResponseHeadersPolicyConfig"]["Name"]
        yield account.resource("response headers policy", arn, remove, name)


def iam(account: AwsAccount) -> Iterator[Resource]:
    """Roles, the account's own policies, instance profiles."""
    for one in account.pages("iam", "list_roles", "Roles"):
        remove = f"detach its policies, then aws iam delete-role --role-name {one['RoleName']}"
        yield account.resource("role", one["Arn"], remove)
    for one in account.pages("iam", "list_policies", "Policies", Scope="Local"):
        remove = f"detach it, then aws iam delete-policy --policy-arn {one['Arn']}"
        yield account.resource("policy", one["Arn"], remove)
    delete = "aws iam delete-instance-profile --instance-profile-name"
    for one in account.pages("iam", "list_instance_profiles", "InstanceProfiles"):
        remove = f"{delete} {one['InstanceProfileName']}"
        yield account.resource("instance profile", one["Arn"], remove, tags=one.get("Tags") or [])


def budgets(account: AwsAccount) -> Iterator[Resource]:
    """An action goes with its budget."""
    for one in account.pages("budgets", "describe_budgets", "Budgets", AccountId=account.id):
        name = one["BudgetName"]
        remove = f"aws budgets delete-budget --account-id {account.id} --budget-name {name}"
        yield account.resource("budget", f"arn:aws:budgets::{account.id}:budget/{name}", remove)


def log_groups(account: AwsAccount) -> Iterator[Resource]:
    for one in account.pages("logs", "describe_log_groups", "logGroups"):
        remove = f"aws logs delete-log-group --log-group-name {one['logGroupName']}"
        yield account.resource("log group", one["arn"].removesuffix(":*"), remove)


def saved_queries(account: AwsAccount) -> Iterator[Resource]:
    """They are named <stack>/<query>."""
    client = account.client("logs")
    listed = ("logs", "describe_query_definitions", "queryDefinitions")
    try:
        found = list(account.pages(*listed))
    except client.exceptions.ClientError as error:
        # The emulator keeps no queries, so none is left in it; AWS knows this call.
        if error.response["Error"]["Code"] == "InvalidOperationException":
            return
        raise
    for one in found:
        key = one["queryDefinitionId"]
        arn = f"arn:aws:logs:{account.here}:query-definition:{key}"
        remove = f"aws logs delete-query-definition --query-definition-id {key}"
        yield account.resource("saved query", arn, remove, one["name"].replace("/", "-"))


def cloudwatch(account: AwsAccount) -> Iterator[Resource]:
    for one in account.pages("cloudwatch", "describe_alarms", "MetricAlarms"):
        remove = f"aws cloudwatch delete-alarms --alarm-names {one['AlarmName']}"
        yield account.resource("alarm", one["AlarmArn"], remove, one["AlarmName"])
    for one in account.pages("cloudwatch", "list_dashboards", "DashboardEntries"):
        name = one["DashboardName"]
        remove = f"aws cloudwatch delete-dashboards --dashboard-names {name}"
        arn = f"arn:aws:cloudwatch::{account.id}:dashboard/{name}"
        yield account.resource("dashboard", arn, remove)


def topics(account: AwsAccount) -> Iterator[Resource]:
    for one in account.pages("sns", "list_topics", "Topics"):
        arn = one["TopicArn"]
        yield account.resource("topic", arn, f"aws sns delete-topic --topic-arn {arn}")


def queues(account: AwsAccount) -> Iterator[Resource]:
    client = account.client("sqs")

    def tags(url: str) -> dict[str, str]:
        return client.list_queue_tags(QueueUrl=url).get("Tags") or {}

    for url in account.pages("sqs", "list_queues", "QueueUrls"):
        name, remove = url.rsplit("/", 1)[-1], f"aws sqs delete-queue --queue-url {url}"
        arn = f"arn:aws:sqs:{account.here}:{name}"
        yield Resource("queue", name, arn, remove, partial(tags, url))


def machines(account: AwsAccount) -> Iterator[Resource]:
    """Instances and what belongs to them. A machine that was ended stays listed for an hour, and
    costs nothing."""

    def resource(kind: str, entry: dict, key: str, remove: str, name: str = "") -> Resource:
        tags = pairs(entry.get("Tags"))
        arn = f"arn:aws:ec2:{account.here}:{kind.replace(' ', '-')}/{entry[key]}"
        name = name or tags.get("Name", "")
        return account.resource(kind, arn, f"aws ec2 {remove} {entry[key]}", name, tags)

    for reservation in account.pages("ec2", "describe_instances", "Reservations"):
        for one in reservation["Instances"]:
            if one["State"]["Name"] not in ("terminated", "shutting-down"):
                remove = "terminate-instances --instance-ids"
                yield resource("instance", one, "InstanceId", remove)
    for one in account.pages("ec2", "describe_volumes", "Volumes"):
        yield resource("volume", one, "VolumeId", "delete-volume --volume-id")
    for one in account.pages("ec2", "describe_security_groups", "SecurityGroups"):
        remove = "delete-security-group --group-id"
        yield resource("security group", one, "GroupId", remove, one["GroupName"])


def schedules(account: AwsAccount) -> Iterator[Resource]:
    for one in account.pages("scheduler", "list_schedules", "Schedules"):
        group = one.get("GroupName", "default")
        remove = f"aws scheduler delete-schedule --name {one['Name']} --group-name {group}"
        yield account.resource("schedule", one["Arn"], remove)


def rules(account: AwsAccount) -> Iterator[Resource]:
    """One with a target cannot be deleted, so the target goes first."""
    for one in account.pages("events", "list_rules", "Rules"):
        name = one["Name"]
        ids = f"$(aws events list-targets-by-rule --rule {name} --query Targets[].Id --output text)"
        remove = f"aws events remove-targets --rule {name} --ids {ids}"
        yield account.resource(
            "rule", one["Arn"], f"{remove} && aws events delete-rule --name {name}"
        )


def guardrails(account: AwsAccount) -> Iterator[Resource]:
    for one in account.pages("bedrock", "list_guardrails", "guardrails"):
        remove = f"aws bedrock delete-guardrail --guardrail-identifier {one['id']}"
        yield account.resource("guardrail", one["arn"], remove, one["name"])
