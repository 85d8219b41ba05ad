"""All things of each kind that a stack may be made of, as AWS lists them: one function for each service."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

# Services whose things are in no region are asked here.
GLOBAL = "us-east-1"


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that exists. `tags` asks for its tags, and is None where AWS has none for its kind."""

    kind: str
    name: str
    arn: str
    remove: str
    tags: Callable[[], dict[str, str]] | None = field(default=None, compare=False)


class Account:
    """Clients of one account and region, each made when it is first asked for."""

    def __init__(self, reached: dict):
        import boto3
        from botocore.config import Config

        self._session, self._reached = boto3.Session(), reached
        self._config = Config(retries={"max_attempts": 4, "mode": "standard"}, connect_timeout=5, read_timeout=30)
        self.region = reached["region_name"]
        self.id = self.client("sts").get_caller_identity()["Account"]

    def client(self, service: str, region: str | None = None):
        """A client of that service."""
        return self._session.client(service, **self._reached | {"region_name": region or self.region}, config=self._config)

    def pages(self, service: str, operation: str, key: str, region: str | None = None, **more: object) -> Iterator:
        """Everything that a listing has, page by page; `key` may lead through several levels."""
        client = self.client(service, region)
        paged = client.can_paginate(operation)
        for page in client.get_paginator(operation).paginate(**more) if paged else [getattr(client, operation)(**more)]:
            for step in key.split("."):
                page = page.get(step) or {}
            yield from page


def buckets(account: Account) -> Iterator[Thing]:
    """S3."""
    client = account.client("s3")

    def tags(name: str) -> dict[str, str]:
        try:
            return _pairs(client.get_bucket_tagging(Bucket=name)["TagSet"])
        except client.exceptions.ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchTagSet":
                return {}
            raise

    for bucket in client.list_buckets()["Buckets"]:
        name = bucket["Name"]
        yield Thing("bucket", name, f"arn:aws:s3:::{name}", f"aws s3 rb s3://{name} --force", partial(tags, name))


def tables(account: Account) -> Iterator[Thing]:
    """DynamoDB."""
    client = account.client("dynamodb")
    for name in account.pages("dynamodb", "list_tables", "TableNames"):
        arn = f"arn:aws:dynamodb:{account.region}:{account.id}:table/{name}"
        remove = f"aws dynamodb delete-table --table-name {name}"
        yield Thing("table", name, arn, remove, lambda arn=arn: _pairs(client.list_tags_of_resource(ResourceArn=arn)["Tags"]))


def functions(account: Account) -> Iterator[Thing]:
    """Lambda."""
    client = account.client("lambda")
    for one in account.pages("lambda", "list_functions", "Functions"):
        arn, name = one["FunctionArn"], one["FunctionName"]
        remove = f"aws lambda delete-function --function-name {name}"
        yield Thing("function", name, arn, remove, lambda arn=arn: client.list_tags(Resource=arn)["Tags"])


def apis(account: Account) -> Iterator[Thing]:
    """API Gateway, HTTP and WebSocket."""
    for api in account.pages("apigatewayv2", "get_apis", "Items"):
        arn = f"arn:aws:apigateway:{account.region}::/apis/{api['ApiId']}"
        yield Thing("API", api["Name"], arn, f"aws apigatewayv2 delete-api --api-id {api['ApiId']}", partial(dict, api.get("Tags") or {}))


def cloudfront(account: Account) -> Iterator[Thing]:
    """CloudFront: distributions and what they refer to."""
    client = account.client("cloudfront", GLOBAL)
    for one in account.pages("cloudfront", "list_distributions", "DistributionList.Items", GLOBAL):
        remove = f"disable, then delete {one['Id']} in the CloudFront console"
        tags = lambda arn=one["ARN"]: _pairs(client.list_tags_for_resource(Resource=arn)["Tags"]["Items"])  # noqa: E731
        yield Thing("distribution", one.get("Comment") or one["Id"], one["ARN"], remove, tags)
    start = f"arn:aws:cloudfront::{account.id}:"
    for one in client.list_origin_access_controls()["OriginAccessControlList"].get("Items") or []:
        remove = f"aws cloudfront delete-origin-access-control --id {one['Id']} --if-match ETAG"
        yield Thing("origin access control", one["Name"], f"{start}origin-access-control/{one['Id']}", remove)
    for one in client.list_response_headers_policies(Type="custom")["ResponseHeadersPolicyList"].get("Items") or []:
        policy = one["ResponseHeadersPolicy"]
        remove = f"aws cloudfront delete-response-headers-policy --id {policy['Id']} --if-match ETAG"
        name = policy["ResponseHeadersPolicyConfig"]["Name"]
        yield Thing("response headers policy", name, f"{start}response-headers-policy/{policy['Id']}", remove)
    for one in client.list_functions()["FunctionList"].get("Items") or []:
        remove = f"aws cloudfront delete-function --name {one['Name']} --if-match ETAG"
        yield Thing("edge function", one["Name"], one["FunctionMetadata"]["FunctionARN"], remove)


def iam(account: Account) -> Iterator[Thing]:
    """IAM: roles, the account's own policies, instance profiles."""
    client = account.client("iam")
    for role in account.pages("iam", "list_roles", "Roles"):
        name = role["RoleName"]
        remove = f"detach its policies, then aws iam delete-role --role-name {name}"
        yield Thing("role", name, role["Arn"], remove, lambda name=name: _pairs(client.list_role_tags(RoleName=name)["Tags"]))
    for policy in account.pages("iam", "list_policies", "Policies", Scope="Local"):
        arn, remove = policy["Arn"], f"detach it, then aws iam delete-policy --policy-arn {policy['Arn']}"
        yield Thing("policy", policy["PolicyName"], arn, remove, lambda arn=arn: _pairs(client.list_policy_tags(PolicyArn=arn)["Tags"]))
    for profile in account.pages("iam", "list_instance_profiles", "InstanceProfiles"):
        name = profile["InstanceProfileName"]
        remove = f"aws iam delete-instance-profile --instance-profile-name {name}"
        yield Thing("instance profile", name, profile["Arn"], remove, lambda found=profile: _pairs(found.get("Tags") or []))


def log_groups(account: Account) -> Iterator[Thing]:
    """CloudWatch Logs. Lambda's are named by the function, so that is what counts as their name."""
    client = account.client("logs")
    for group in account.pages("logs", "describe_log_groups", "logGroups"):
        name, arn = group["logGroupName"], group["arn"].removesuffix(":*")
        remove = f"aws logs delete-log-group --log-group-name {name}"
        tags = lambda arn=arn: client.list_tags_for_resource(resourceArn=arn).get("tags") or {}  # noqa: E731
        yield Thing("log group", name.rsplit("/", 1)[-1], arn, remove, tags)


def cloudwatch(account: Account) -> Iterator[Thing]:
    """CloudWatch: alarms and dashboards."""
    client = account.client("cloudwatch")
    for kind in ("MetricAlarms", "CompositeAlarms"):
        for alarm in account.pages("cloudwatch", "describe_alarms", kind):
            name, arn = alarm["AlarmName"], alarm["AlarmArn"]
            remove = f"aws cloudwatch delete-alarms --alarm-names {name}"
            yield Thing("alarm", name, arn, remove, lambda arn=arn: _pairs(client.list_tags_for_resource(ResourceARN=arn)["Tags"]))
    for one in account.pages("cloudwatch", "list_dashboards", "DashboardEntries"):
        name, arn = one["DashboardName"], one.get("DashboardArn", "")
        yield Thing("dashboard", name, arn, f"aws cloudwatch delete-dashboards --dashboard-names {name}")


def budgets(account: Account) -> Iterator[Thing]:
    """AWS Budgets; an action goes with its budget."""
    client = account.client("budgets", GLOBAL)
    for budget in account.pages("budgets", "describe_budgets", "Budgets", GLOBAL, AccountId=account.id):
        name = budget["BudgetName"]
        arn = f"arn:aws:budgets::{account.id}:budget/{name}"
        remove = f"aws budgets delete-budget --account-id {account.id} --budget-name {name}"
        tags = lambda arn=arn: _pairs(client.list_tags_for_resource(ResourceARN=arn).get("ResourceTags") or [])  # noqa: E731
        yield Thing("budget", name, arn, remove, tags)


def topics(account: Account) -> Iterator[Thing]:
    """SNS."""
    client = account.client("sns")
    for topic in account.pages("sns", "list_topics", "Topics"):
        arn = topic["TopicArn"]
        remove = f"aws sns delete-topic --topic-arn {arn}"
        yield Thing("topic", _last(arn, ":"), arn, remove, lambda arn=arn: _pairs(client.list_tags_for_resource(ResourceArn=arn)["Tags"]))


def queues(account: Account) -> Iterator[Thing]:
    """SQS."""
    client = account.client("sqs")
    for url in account.pages("sqs", "list_queues", "QueueUrls"):
        name = _last(url, "/")
        arn = f"arn:aws:sqs:{account.region}:{account.id}:{name}"
        remove = f"aws sqs delete-queue --queue-url {url}"
        yield Thing("queue", name, arn, remove, lambda url=url: client.list_queue_tags(QueueUrl=url).get("Tags") or {})


def machines(account: Account) -> Iterator[Thing]:
    """EC2: instances and what belongs to them. A machine that was ended stays listed for an hour, and costs nothing."""
    start = f"arn:aws:ec2:{account.region}:{account.id}:"

    def thing(kind: str, path: str, one: dict, key: str, remove: str, name: str = "") -> Thing:
        tags = _pairs(one.get("Tags") or [])
        return Thing(kind, name or tags.get("Name") or one[key], f"{start}{path}/{one[key]}", f"{remove} {one[key]}", partial(dict, tags))

    for reservation in account.pages("ec2", "describe_instances", "Reservations"):
        for one in reservation["Instances"]:
            if one["State"]["Name"] not in ("terminated", "shutting-down"):
                yield thing("instance", "instance", one, "InstanceId", "aws ec2 terminate-instances --instance-ids")
    for one in account.pages("ec2", "describe_volumes", "Volumes"):
        yield thing("volume", "volume", one, "VolumeId", "aws ec2 delete-volume --volume-id")
    for one in account.pages("ec2", "describe_launch_templates", "LaunchTemplates"):
        remove = "aws ec2 delete-launch-template --launch-template-id"
        yield thing("launch template", "launch-template", one, "LaunchTemplateId", remove, one["LaunchTemplateName"])
    for one in account.pages("ec2", "describe_security_groups", "SecurityGroups"):
        yield thing("security group", "security-group", one, "GroupId", "aws ec2 delete-security-group --group-id", one["GroupName"])


def schedules(account: Account) -> Iterator[Thing]:
    """EventBridge Scheduler."""
    for one in account.pages("scheduler", "list_schedules", "Schedules"):
        remove = f"aws scheduler delete-schedule --name {one['Name']} --group-name {one.get('GroupName', 'default')}"
        yield Thing("schedule", one["Name"], one["Arn"], remove)


def guardrails(account: Account) -> Iterator[Thing]:
    """Bedrock guardrails."""
    client = account.client("bedrock")
    for one in account.pages("bedrock", "list_guardrails", "guardrails"):
        remove = f"aws bedrock delete-guardrail --guardrail-identifier {one['id']}"
        tags = lambda arn=one["arn"]: _pairs(client.list_tags_for_resource(resourceARN=arn).get("tags") or [])  # noqa: E731
        yield Thing("guardrail", one["name"], one["arn"], remove, tags)


# By the service's name in an ARN, which is also what a person calls it.
ALL: dict[str, Callable[[Account], Iterator[Thing]]] = {
    "s3": buckets,
    "dynamodb": tables,
    "lambda": functions,
    "apigateway": apis,
    "cloudfront": cloudfront,
    "iam": iam,
    "logs": log_groups,
    "cloudwatch": cloudwatch,
    "budgets": budgets,
    "sns": topics,
    "sqs": queues,
    "ec2": machines,
    "scheduler": schedules,
    "bedrock": guardrails,
}


def _pairs(tags: list[dict]) -> dict[str, str]:
    """AWS's lists of tags, whichever way they are spelled."""
    return {tag.get("Key", tag.get("key")): tag.get("Value", tag.get("value", "")) for tag in tags}


def _last(text: str, mark: str) -> str:
    return text.rsplit(mark, 1)[-1]
