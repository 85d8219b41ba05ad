"""What the worker's role may do, tried under enforced rights: a user with the role's own policy
makes each call.

The emulator checks every call's action and resource, and knows one condition less than AWS: it
never says which keys a call names (dynamodb:LeadingKeys). So the calls are tried with the policy
without that condition, and the condition, in the whole policy, is put before the emulator's
evaluator with the keys that AWS would name. So are its log lines: the emulator asks for a log
group's ARN where AWS asks for a stream's."""

import copy
import json
import time

from botocore.exceptions import ClientError
from ministack.core.iam_evaluator import EvalContext, evaluate, parse_policy_document

DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"}
TRIED, EVALUATED = "tried", "evaluated"
ACCOUNT = "000000000000"


class WorkerRole:
    """The leased machine's role in the emulator of `it`."""

    def __init__(self, it):
        self._it, self._name = it, f"{it.stack.name}-worker"
        iam = it.client("iam")
        self.document = iam.get_role_policy(RoleName=self._name, PolicyName=self._name)[
            "PolicyDocument"
        ]
        self._user = f"played-{time.monotonic_ns()}"
        iam.create_user(UserName=self._user)
        iam.put_user_policy(
            UserName=self._user,
            PolicyName="worker",
            PolicyDocument=json.dumps(self._without_keys()),
        )
        key = iam.create_access_key(UserName=self._user)["AccessKey"]
        self._keys = {
            "aws_access_key_id": key["AccessKeyId"],
            "aws_secret_access_key": key["SecretAccessKey"],
        }

    def matrix(self) -> dict[tuple[str, str], tuple[bool, bool]]:
        """By call and how it was proved: whether it should be allowed, and whether it was."""
        tried = {
            (call, TRIED): (expected, self._may(work)) for call, expected, work in self._calls()
        }
        table = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{self._it.life.name}"
        judged = {
            (call, EVALUATED): (expected, self._judged("dynamodb:PutItem", table, keys))
            for call, expected, keys in KEYS
        }
        for group, expected in (
            (f"/forever-us/{self._name}", True),
            (f"/aws/lambda/{self._it.life.name}", False),
        ):
            stream = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{group}:log-stream:i-1"
            for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
                judged[f"{action} {group}", EVALUATED] = (expected, self._judged(action, stream))
        iam = self._it.client("iam")
        iam.delete_access_key(UserName=self._user, AccessKeyId=self._keys["aws_access_key_id"])
        iam.delete_user_policy(UserName=self._user, PolicyName="worker")
        iam.delete_user(UserName=self._user)
        return tried | judged

    def _calls(self) -> list[tuple[str, bool, object]]:
        of = lambda service: self._it.client(service, **self._keys)  # noqa: E731
        sqs, table, logs, name = of("sqs"), of("dynamodb"), of("logs"), self._it.life.name
        root = self._it.client("sqs")
        queue, dead = (
            root.get_queue_url(QueueName=f"{name}-{end}")["QueueUrl"]
            for end in ("jobs", "jobs-dead")
        )
        key = {"pk": {"S": "MAILBOX#1"}, "sk": {"S": "STATE"}}
        where = {"TableName": name}
        change = {
            "UpdateExpression": "SET beat = :b",
            "ExpressionAttributeValues": {":b": {"N": "1"}},
        }
        whole = {
            "KeyConditionExpression": "pk = :k",
            "ExpressionAttributeValues": {":k": key["pk"]},
        }
        return [
            ("receive a job", True, lambda: sqs.receive_message(QueueUrl=queue)),
            (
                "hide a job",
                False,
                lambda: sqs.change_message_visibility(
                    QueueUrl=queue, ReceiptHandle="none", VisibilityTimeout=1
                ),
            ),
            (
                "delete a job",
                True,
                lambda: sqs.delete_message(QueueUrl=queue, ReceiptHandle="none"),
            ),
            ("put an item", True, lambda: table.put_item(**where, Item=key)),
            ("update an item", True, lambda: table.update_item(**where, Key=key, **change)),
            ("send a job", False, lambda: sqs.send_message(QueueUrl=queue, MessageBody="{}")),
            ("empty the queue", False, lambda: sqs.purge_queue(QueueUrl=queue)),
            ("receive a dead letter", False, lambda: sqs.receive_message(QueueUrl=dead)),
            ("get an item", False, lambda: table.get_item(**where, Key=key)),
            ("query", False, lambda: table.query(**where, **whole)),
            ("scan", False, lambda: table.scan(**where)),
            ("delete an item", False, lambda: table.delete_item(**where, Key=key)),
            (
                "write items in a batch",
                False,
                lambda: table.batch_write_item(
                    RequestItems={name: [{"PutRequest": {"Item": key}}]}
                ),
            ),
            (
                "put an item elsewhere",
                False,
                lambda: table.put_item(TableName=f"{name}-other", Item=key),
            ),
            ("make a log group", False, lambda: logs.create_log_group(logGroupName="/another")),
            (
                "write the function's log",
                False,
                lambda: logs.create_log_stream(
                    logGroupName=f"/aws/lambda/{name}", logStreamName="a"
                ),
            ),
            (
                "start a machine",
                False,
                lambda: of("ec2").run_instances(ImageId="ami-00000000", MinCount=1, MaxCount=1),
            ),
            (
                "end a machine",
                False,
                lambda: of("ec2").terminate_instances(InstanceIds=[*self._it.machines()]),
            ),
            ("list buckets", False, lambda: of("s3").list_buckets()),
            (
                "ask Bedrock",
                False,
                lambda: of("bedrock-runtime").invoke_model(
                    modelId="mistral.mistral-7b-instruct-v0:2", body=b"{}"
                ),
            ),
            ("call the function", False, lambda: of("lambda").invoke(FunctionName=name)),
            ("read its own role", False, lambda: of("iam").get_role(RoleName=self._name)),
        ]

    def _may(self, work) -> bool:
        try:
            work()
        except ClientError as error:
            # Another error means that it was let through.
            return error.response["Error"]["Code"] not in DENIED
        return True

    def _judged(self, action: str, resource: str, keys: list[str] | None = None) -> bool:
        context = EvalContext(
            principal_arn=f"arn:aws:iam::{ACCOUNT}:role/{self._name}",
            principal_type="Role",
            principal_account=ACCOUNT,
            action=action,
            resource_arn=resource,
            region="us-east-1",
            source_ip="127.0.0.1",
            secure_transport=True,
            service_context={} if keys is None else {"dynamodb:leadingkeys": keys},
        )
        return evaluate(context, [parse_policy_document(self.document)]).decision == "Allow"

    def _without_keys(self) -> dict:
        document = copy.deepcopy(self.document)
        for statement in document["Statement"]:
            statement.pop("Condition", None)
        return document


# What a PutItem names as its keys on AWS.
KEYS = [
    ("put MAILBOX#…", True, ["MAILBOX#01J"]),
    ("put MAILBOX#WORKERS", True, ["MAILBOX#WORKERS"]),
    ("put a guest's item", False, ["GUEST#ana"]),
    ("put the switch", False, ["STACK"]),
    ("put a name that only ends so", False, ["X#MAILBOX#01J"]),
    ("put both in one transaction", False, ["MAILBOX#01J", "GUEST#ana"]),
    ("put without any key", False, None),
]
