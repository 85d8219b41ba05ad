"""A stack in a bare emulator whose worker's machine is played by the test: EC2 there is a list of
machines, nothing boots."""

import json
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3

from scripts.stack.inventory import ALL
from tests.support.deployed_copy import DeployedCopy, account, deployed_copy
from tests.support.emulator import bare_emulator
from tests.support.faulty_proxy import FaultyProxy, WireFault
from tests.support.local_stack import without_aws
from tests.support.ports import free_port
from tests.support.worker_role import WorkerRole

NAME, INSTANCE = "leased", "c6i.xlarge"
# What `make llm-on BACKEND=worker` and `make llm-off` do where ENV=aws.
DRIVER = """
import sys
from scripts.console.progress import Failure
from scripts.stack.connection import DeployedStack
from scripts.lease import ec2
deployed = DeployedStack.of("local", sys.argv[2])
try:
    if sys.argv[1] == "on":
        ec2.switch_on(deployed, hours=2, instance=sys.argv[3], spot=len(sys.argv) > 4)
    else:
        ec2.switch_off(deployed)
except Failure as failure:
    sys.exit(f"\\n{failure}")
"""


@contextmanager
def leasing(folder: Path, name: str = NAME) -> Iterator["Leasing"]:
    """An emulator that checks rights, proxies in front of it and of its Bedrock, and a folder of
    the project."""
    port = free_port()
    with (
        bare_emulator(port, AUTH="true") as url,
        FaultyProxy(port) as proxy,
        FaultyProxy(port) as model,
    ):
        env = without_aws(PORT=str(port), MODEL_PORT=str(model.port))
        stack = deployed_copy(env, folder, name, port=proxy.port)
        it = Leasing(stack, proxy, model, url)
        over = threading.Event()
        cleaner = threading.Thread(target=it.remove_disks, args=[over], daemon=True)
        cleaner.start()
        try:
            yield it
        finally:
            over.set()
            cleaner.join()


class Leasing:
    """What the owner does, and what a machine of theirs would do."""

    def __init__(self, stack: DeployedCopy, proxy: FaultyProxy, model: FaultyProxy, url: str):
        self.stack = stack
        self.proxy = proxy
        self.model = model
        self.url = url
        self.refuse()

    def client(self, service: str, **more: object):
        return boto3.client(service, endpoint_url=self.url, region_name="us-east-1", **more)

    @property
    def table(self):
        dynamodb = boto3.resource("dynamodb", endpoint_url=self.url, region_name="us-east-1")
        return dynamodb.Table(self.stack.name)

    def switch(self, step: str, *words: str, machine: object = None) -> subprocess.CompletedProcess:
        """`on INSTANCE` or `off`, remembered under `step`; `machine(id)` is what each machine that
        appears meanwhile does."""
        self._keep_the_queue()
        over = threading.Event()
        player = threading.Thread(
            target=self._play, args=[machine, over, self.machines()], daemon=True
        )
        player.start()
        command = [".venv/bin/python", "-c", DRIVER, words[0], self.stack.name, *words[1:]]
        one = self.stack
        run = subprocess.run(
            command, cwd=one.folder, env=one.env, capture_output=True, text=True, timeout=1_800
        )
        over.set()
        player.join()
        one.seen[step] = run
        return run

    def refuse(self, *faults: WireFault) -> None:
        """EC2 answers so from now on. It takes ModifyInstanceAttribute, which the emulator does not
        know: the provider says once more there what it has said as it made the machine."""
        done = (
            "<ModifyInstanceAttributeResponse "
            'xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><return>true</return>'
        )
        known = (200, "text/xml", f"{done}</ModifyInstanceAttributeResponse>")
        self.proxy.inject(
            *faults,
            WireFault(
                "Action=ModifyInstanceAttribute&.*InstanceInitiatedShutdownBehavior.Value=terminate",
                known,
            ),
        )

    def remove_disks(self, over: threading.Event) -> None:
        """Removes the disks of machines that have ended, as EC2 does, and the emulator does not."""
        ec2 = self.client("ec2")
        while not over.wait(0.3):
            found = ec2.describe_instances(
                Filters=[{"Name": "instance-state-name", "Values": ["terminated"]}]
            )["Reservations"]
            ended = {one["InstanceId"] for group in found for one in group["Instances"]}
            for volume in ec2.describe_volumes()["Volumes"]:
                held = {
                    one["InstanceId"] for one in volume["Attachments"] if one["DeleteOnTermination"]
                }
                if held & ended:
                    ec2.detach_volume(VolumeId=volume["VolumeId"], Force=True)
                    ec2.delete_volume(VolumeId=volume["VolumeId"])

    def things(self) -> set[str]:
        """What of the worker exists beside the stack without a lease, and beside its queue."""
        asked, name = account(self.proxy.upstream), self.stack.name
        found = {
            f"{thing.kind} {thing.name}"
            for find in ALL.values()
            for thing in find(asked)
            if thing.name.startswith(name)
        }
        return {one for one in found if not one.startswith("queue ")} - self.stack.seen.get(
            "bare", set()
        )

    def leased(self) -> dict:
        """The machine and what ends it, as the emulator has them."""
        ((machine, found),) = self.machines().items()
        group = self.client("ec2").describe_security_groups(
            GroupIds=[one["GroupId"] for one in found["SecurityGroups"]]
        )["SecurityGroups"][0]
        (alarm,) = self._alarms()
        return {
            "machine": machine,
            "found": found,
            "group": group,
            "alarm": alarm,
            "schedule": self.client("scheduler").get_schedule(Name=f"{self.stack.name}-worker"),
            "rights": WorkerRole(self).matrix(),
            "things": self.things(),
        }

    def _keep_the_queue(self) -> None:
        """Once made, it stays between two leases: the provider takes a minute to make it."""
        applied = self.stack.target / "applied.tfvars.json"
        applied.write_text(json.dumps(json.loads(applied.read_text()) | {"worker_queue": True}))

    def machines(self) -> dict[str, dict]:
        """Those that run, by id."""
        found = self.client("ec2").describe_instances(
            Filters=[{"Name": "instance-state-name", "Values": ["pending", "running"]}]
        )
        return {
            one["InstanceId"]: one for group in found["Reservations"] for one in group["Instances"]
        }

    def show(self, machine: str, state: str, **more: object) -> None:
        """A presence item, as the machine or its worker writes it."""
        now = int(time.time())
        item = {
            "pk": "MAILBOX#WORKERS",
            "sk": machine,
            "state": state,
            "beat": now,
            "busy": 0,
            "slots": 2,
            "model": "m.gguf",
        }
        self.table.put_item(Item=item | {"until": now + 7200, "ttl": now + 3600} | more)

    def answer(self, over: threading.Event) -> None:
        """Takes jobs as a worker does, and answers each in two words."""
        sqs, table = self.client("sqs"), self.table
        url = sqs.get_queue_url(QueueName=f"{self.stack.name}-jobs")["QueueUrl"]
        while not over.is_set():
            for message in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages", []):
                key = f"MAILBOX#{json.loads(message['Body'])['job']}"
                table.put_item(Item={"pk": key, "sk": "PART#1#000000", "text": "Good morning."})
                end = {"reason": "stop", "parts": 1, "input": 9, "output": 2}
                table.put_item(Item={"pk": key, "sk": "STATE", "take": 1, "end": end})
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    def comes_up(self, machine: str, over: threading.Event) -> None:
        """Boots, downloads, loads, works."""
        for state, more in (("booting", {}), ("downloading", {"percent": 40}), ("loading", {})):
            self.show(machine, state, **more)
            over.wait(4)
        beating = threading.Thread(target=self._beat, args=[machine, over], daemon=True)
        beating.start()
        self.answer(over)
        beating.join()

    def is_taken_back(self, machine: str, over: threading.Event) -> None:
        """AWS ends a spot instance before it is ready."""
        self.show(machine, "downloading", percent=10)
        over.wait(1)
        self.client("ec2").terminate_instances(InstanceIds=[machine])

    def _beat(self, machine: str, over: threading.Event) -> None:
        while not over.is_set():
            self.show(machine, "ready")
            over.wait(2)

    def _play(self, machine, over: threading.Event, before: dict) -> None:
        """Once Terraform has made all that belongs to a machine, which by then has just begun to
        boot."""
        while machine and not over.wait(0.3):
            new = self.machines().keys() - before.keys()
            if new and self._alarms():
                machine(new.pop(), over)
                return

    def _alarms(self) -> list[dict]:
        cloudwatch = self.client("cloudwatch")
        return cloudwatch.describe_alarms(AlarmNames=[f"{self.stack.name}-worker"])["MetricAlarms"]
