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
            (call, TRIED): (expected, self._may(*request))
            for call, expected, *request in self._calls()
        }
        table = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{self._it.stack.name}"
        judged = {
            (call, EVALUATED): (expected, self._judged("dynamodb:PutItem", table, keys))
            for call, expected, keys in KEYS
        }
        for group, expected in (
            (f"/forever-us/{self._name}", True),
            (f"/aws/lambda/{self._it.stack.name}", False),
        ):
            stream = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{group}:log-stream:i-1"
            for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
                judged[f"{action} {group}", EVALUATED] = (expected, self._judged(action, stream))
        iam = self._it.client("iam")
        iam.delete_access_key(UserName=self._user, AccessKeyId=self._keys["aws_access_key_id"])
        iam.delete_user_policy(UserName=self._user, PolicyName="worker")
        iam.delete_user(UserName=self._user)
        return tried | judged

    def _calls(self) -> list[tuple[str, bool, str, str, dict]]:
        """What is tried, whether it should be allowed, and the request: service, operation,
        parameters."""
        name, root = self._it.stack.name, self._it.client("sqs")
        queue, dead = (
            {"QueueUrl": root.get_queue_url(QueueName=f"{name}-{end}")["QueueUrl"]}
            for end in ("jobs", "jobs-dead")
        )
        job = queue | {"ReceiptHandle": "none"}
        key = {"pk": {"S": "MAILBOX#1"}, "sk": {"S": "STATE"}}
        table, item = {"TableName": name}, {"TableName": name, "Item": key}
        beat = {"ExpressionAttributeValues": {":b": {"N": "1"}}}
        pk = {"ExpressionAttributeValues": {":k": key["pk"]}}
        batch = {name: [{"PutRequest": {"Item": key}}]}
        log = {"logGroupName": f"/aws/lambda/{name}", "logStreamName": "a"}
        machine = {"ImageId": "ami-00000000", "MinCount": 1, "MaxCount": 1}
        ended = {"InstanceIds": [*self._it.machines()]}
        model = {"modelId": "mistral.mistral-7b-instruct-v0:2", "body": b"{}"}
        update = table | {"Key": key, "UpdateExpression": "SET beat = :b"} | beat
        hidden = job | {"VisibilityTimeout": 1}
        return [
            ("receive a job", True, "sqs", "receive_message", queue),
            ("hide a job", False, "sqs", "change_message_visibility", hidden),
            ("delete a job", True, "sqs", "delete_message", job),
            ("send a job", False, "sqs", "send_message", queue | {"MessageBody": "{}"}),
            ("empty the queue", False, "sqs", "purge_queue", queue),
            ("receive a dead letter", False, "sqs", "receive_message", dead),
            ("put an item", True, "dynamodb", "put_item", item),
            ("update an item", True, "dynamodb", "update_item", update),
            ("get an item", False, "dynamodb", "get_item", table | {"Key": key}),
            (
                "query",
                False,
                "dynamodb",
                "query",
                table | {"KeyConditionExpression": "pk = :k"} | pk,
            ),
            ("scan", False, "dynamodb", "scan", table),
            ("delete an item", False, "dynamodb", "delete_item", table | {"Key": key}),
            ("write in a batch", False, "dynamodb", "batch_write_item", {"RequestItems": batch}),
            ("put elsewhere", False, "dynamodb", "put_item", item | {"TableName": f"{name}-other"}),
            ("make a log group", False, "logs", "create_log_group", {"logGroupName": "/another"}),
            ("write the function's log", False, "logs", "create_log_stream", log),
            ("start a machine", False, "ec2", "run_instances", machine),
            ("end a machine", False, "ec2", "terminate_instances", ended),
            ("list buckets", False, "s3", "list_buckets", {}),
            ("ask Bedrock", False, "bedrock-runtime", "invoke_model", model),
            ("call the function", False, "lambda", "invoke", {"FunctionName": name}),
            ("read its own role", False, "iam", "get_role", {"RoleName": self._name}),
        ]

    def _may(self, service: str, operation: str, request: dict) -> bool:
        client = self._it.client(service, **self._keys)
        try:
            getattr(client, operation)(**request)
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
