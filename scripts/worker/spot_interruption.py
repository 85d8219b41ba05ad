"""EC2's notice, some two minutes ahead, that it takes a Spot instance back."""

import json
import os
import urllib.request

# The SDK's variable for another address of the instance's metadata.
_VARIABLE = "AWS_EC2_METADATA_SERVICE_ENDPOINT"
_DEFAULT = "http://169.254.169.254"
_TIMEOUT_SECONDS = 2
CHECK_SECONDS = 5


def interruption() -> str | None:
    """When and how the instance ends, in a sentence; None while no end is planned or the service
    does not answer."""
    base = os.environ.get(_VARIABLE, _DEFAULT).rstrip("/") + "/latest"
    try:
        lifetime = {"X-aws-ec2-metadata-token-ttl-seconds": "60"}
        token = {"X-aws-ec2-metadata-token": _call("PUT", f"{base}/api/token", lifetime)}
        action = json.loads(_call("GET", f"{base}/meta-data/spot/instance-action", token))
        return f"AWS takes the Spot instance back ({action['action']} at {action['time']})."
    except (OSError, ValueError, KeyError, TypeError):  # 404 until there is one
        return None


def _call(method: str, url: str, headers: dict[str, str]) -> str:
    request = urllib.request.Request(url, method=method, headers=headers)
    with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:
        text: bytes = answer.read()
    return text.decode()
