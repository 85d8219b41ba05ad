"""EC2's notice that it takes a Spot instance back, some two minutes before it does."""

import json
import os
import urllib.error
import urllib.request

# The instance's own address for its metadata, under the SDK's name for another.
_SERVICE = "AWS_EC2_METADATA_SERVICE_ENDPOINT"
_DEFAULT = "http://169.254.169.254"
_SECONDS = 2
LOOK_SECONDS = 5


def interruption() -> str | None:
    """When and how the instance ends, in a sentence; None as long as no end is planned or the
    service does not answer."""
    base = os.environ.get(_SERVICE, _DEFAULT).rstrip("/")
    try:
        token = _ask(
            base + "/latest/api/token", "PUT", {"X-aws-ec2-metadata-token-ttl-seconds": "60"}
        )
        action = json.loads(
            _ask(
                base + "/latest/meta-data/spot/instance-action",
                "GET",
                {"X-aws-ec2-metadata-token": token},
            )
        )
        return f"AWS takes the Spot instance back ({action['action']} at {action['time']})."
    except (OSError, ValueError, KeyError, TypeError):  # 404 until there is one
        return None


def _ask(url: str, method: str, headers: dict[str, str]) -> str:
    request = urllib.request.Request(url, method=method, headers=headers)
    with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
        return answer.read().decode()
