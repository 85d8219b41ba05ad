"""What a region has, one function for each service."""

from collections.abc import Iterator
from functools import partial

from scripts.stack.inventory.account import AwsAccount, Resource, pairs


def buckets(account: AwsAccount) -> Iterator[Resource]:
    """S3."""
    client = account.client("s3")

    def tags(name: str) -> dict[str, str]:
        try:
            return pairs(client.get_bucket_tagging(Bucket=name)["TagSet"])
        except client.exceptions.ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchTagSet":
                return {}
            raise

    for bucket in client.list_buckets()["Buckets"]:
        name = bucket["Name"]
        yield Resource(
            "bucket",
            name,
            f"arn:aws:s3:::{name}",
            f"aws s3 rb s3://{name} --force",
            partial(tags, name),
        )


def tables(account: AwsAccount) -> Iterator[Resource]:
    """DynamoDB."""
    client = account.client("dynamodb")
    for name in account.pages("dynamodb", "list_tables", "TableNames"):
        arn = f"arn:aws:dynamodb:{account.region}:{account.id}:table/{name}"
        remove = f"aws dynamodb delete-table --table-name {name}"
        yield Resource(
            "table",
            name,
            arn,
            remove,
            lambda arn=arn: pairs(client.list_tags_of_resource(ResourceArn=arn)["Tags"]),
        )


def functions(account: AwsAccount) -> Iterator[Resource]:
    """Lambda."""
    client = account.client("lambda")
    for one in account.pages("lambda", "list_functions", "Functions"):
        arn, name = one["FunctionArn"], one["FunctionName"]
        remove = f"aws lambda delete-function --function-name {name}"
        yield Resource(
            "function", name, arn, remove, lambda arn=arn: client.list_tags(Resource=arn)["Tags"]
        )


def apis(account: AwsAccount) -> Iterator[Resource]:
    """API Gateway, HTTP and WebSocket."""
    for api in account.pages("apigatewayv2", "get_apis", "Items"):
        arn = f"arn:aws:apigateway:{account.region}::/apis/{api['ApiId']}"
        yield Resource(
            "API",
            api["Name"],
            arn,
            f"aws apigatewayv2 delete-api --api-id {api['ApiId']}",
            partial(dict, api.get("Tags") or {}),
        )


def log_groups(account: AwsAccount) -> Iterator[Resource]:
    """CloudWatch Logs. Lambda's are named by the function, so that is what counts as their name."""
    client = account.client("logs")
    for group in account.pages("logs", "describe_log_groups", "logGroups"):
        name, arn = group["logGroupName"], group["arn"].removesuffix(":*")
        remove = f"aws logs delete-log-group --log-group-name {name}"
        tags = lambda arn=arn: client.list_tags_for_resource(resourceArn=arn).get("tags") or {}  # noqa: E731
        yield Resource("log group", name.rsplit("/", 1)[-1], arn, remove, tags)


def saved_queries(account: AwsAccount) -> Iterator[Resource]:
    """CloudWatch Logs Insights. They are named <stack>/<query> and have no tags."""
    client = account.client("logs")
    try:
        found = list(account.pages("logs", "describe_query_definitions", "queryDefinitions"))
    except client.exceptions.ClientError as error:
        # The emulator keeps no queries, so none is left in it; AWS knows this call.
        if error.response["Error"]["Code"] == "InvalidOperationException":
            return
        raise
    for query in found:
        name, key = query["name"].replace("/", "-"), query["queryDefinitionId"]
        arn = f"arn:aws:logs:{account.region}:{account.id}:query-definition:{key}"
        yield Resource(
            "saved query",
            name,
            arn,
            f"aws logs delete-query-definition --query-definition-id {key}",
        )


def cloudwatch(account: AwsAccount) -> Iterator[Resource]:
    """CloudWatch: alarms and dashboards."""
    client = account.client("cloudwatch")
    for kind in ("MetricAlarms", "CompositeAlarms"):
        for alarm in account.pages("cloudwatch", "describe_alarms", kind):
            name, arn = alarm["AlarmName"], alarm["AlarmArn"]
            remove = f"aws cloudwatch delete-alarms --alarm-names {name}"
            yield Resource(
                "alarm",
                name,
                arn,
                remove,
                lambda arn=arn: pairs(client.list_tags_for_resource(ResourceARN=arn)["Tags"]),
            )
    for one in account.pages("cloudwatch", "list_dashboards", "DashboardEntries"):
        name, arn = one["DashboardName"], one.get("DashboardArn", "")
        yield Resource(
            "dashboard", name, arn, f"aws cloudwatch delete-dashboards --dashboard-names {name}"
        )


def topics(account: AwsAccount) -> Iterator[Resource]:
    """SNS."""
    client = account.client("sns")
    for topic in account.pages("sns", "list_topics", "Topics"):
        arn = topic["TopicArn"]
        remove = f"aws sns delete-topic --topic-arn {arn}"
        yield Resource(
            "topic",
            _last(arn, ":"),
            arn,
            remove,
            lambda arn=arn: pairs(client.list_tags_for_resource(ResourceArn=arn)["Tags"]),
        )


def queues(account: AwsAccount) -> Iterator[Resource]:
    """SQS."""
    client = account.client("sqs")
    for url in account.pages("sqs", "list_queues", "QueueUrls"):
        name = _last(url, "/")
        arn = f"arn:aws:sqs:{account.region}:{account.id}:{name}"
        remove = f"aws sqs delete-queue --queue-url {url}"
        yield Resource(
            "queue",
            name,
            arn,
            remove,
            lambda url=url: client.list_queue_tags(QueueUrl=url).get("Tags") or {},
        )


def machines(account: AwsAccount) -> Iterator[Resource]:
    """EC2: instances and what belongs to them. A machine that was ended stays listed for an hour,
    and costs nothing."""
    start = f"arn:aws:ec2:{account.region}:{account.id}:"

    def thing(kind: str, path: str, one: dict, key: str, remove: str, name: str = "") -> Resource:
        tags = pairs(one.get("Tags") or [])
        return Resource(
            kind,
            name or tags.get("Name") or one[key],
            f"{start}{path}/{one[key]}",
            f"{remove} {one[key]}",
            partial(dict, tags),
        )

    for reservation in account.pages("ec2", "describe_instances", "Reservations"):
        for one in reservation["Instances"]:
            if one["State"]["Name"] not in ("terminated", "shutting-down"):
                yield thing(
                    "instance",
                    "instance",
                    one,
                    "InstanceId",
                    "aws ec2 terminate-instances --instance-ids",
                )
    for one in account.pages("ec2", "describe_volumes", "Volumes"):
        yield thing("volume", "volume", one, "VolumeId", "aws ec2 delete-volume --volume-id")
    for one in account.pages("ec2", "describe_launch_templates", "LaunchTemplates"):
        remove = "aws ec2 delete-launch-template --launch-template-id"
        yield thing(
            "launch template",
            "launch-template",
            one,
            "LaunchTemplateId",
            remove,
            one["LaunchTemplateName"],
        )
    for one in account.pages("ec2", "describe_security_groups", "SecurityGroups"):
        yield thing(
            "security group",
            "security-group",
            one,
            "GroupId",
            "aws ec2 delete-security-group --group-id",
            one["GroupName"],
        )


def schedules(account: AwsAccount) -> Iterator[Resource]:
    """EventBridge Scheduler."""
    for one in account.pages("scheduler", "list_schedules", "Schedules"):
        remove = f"aws scheduler delete-schedule --name {one['Name']} --group-name {one.get('GroupName', 'default')}"
        yield Resource("schedule", one["Name"], one["Arn"], remove)


def rules(account: AwsAccount) -> Iterator[Resource]:
    """EventBridge rules. One with a target cannot be deleted, so the target goes first."""
    client = account.client("events")
    for one in account.pages("events", "list_rules", "Rules"):
        name = one["Name"]
        ids = f"$(aws events list-targets-by-rule --rule {name} --query Targets[].Id --output text)"
        remove = f"aws events remove-targets --rule {name} --ids {ids}"
        tags = lambda arn=one["Arn"]: pairs(
            client.list_tags_for_resource(ResourceARN=arn).get("Tags") or []
        )
        yield Resource(
            "rule", name, one["Arn"], f"{remove} && aws events delete-rule --name {name}", tags
        )


def guardrails(account: AwsAccount) -> Iterator[Resource]:
    """Bedrock guardrails."""
    client = account.client("bedrock")
    for one in account.pages("bedrock", "list_guardrails", "guardrails"):
        remove = f"aws bedrock delete-guardrail --guardrail-identifier {one['id']}"
        tags = lambda arn=one["arn"]: pairs(
            client.list_tags_for_resource(resourceARN=arn).get("tags") or []
        )
        yield Resource("guardrail", one["name"], one["arn"], remove, tags)


def _last(text: str, mark: str) -> str:
    return text.rsplit(mark, 1)[-1]
