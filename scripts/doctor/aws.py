"""How the checks reach AWS: with short waits and few retries, so that a bad line costs seconds; and
what its errors mean."""

import threading
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError
from botocore.session import Session

# Seconds. Two attempts with a pause between them end before the deadline of all checks.
WAITS = Config(
    connect_timeout=3, read_timeout=6, retries={"mode": "standard", "total_max_attempts": 2}
)
# The region of what belongs to no region.
GLOBAL = "us-east-1"
DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"}
DENIED |= {"403", "Forbidden"}
MISSING = {"404", "NoSuchBucket", "NoSuchEntity", "NotFound", "NotFoundException"}
MISSING |= {"ResourceNotFoundException"}
UNREACHED = (ConnectionError, HTTPClientError)


class Aws:
    """An account as the person's credentials reach it; with `endpoint`, the emulator, and with
    `model_endpoint` its Bedrock runtime."""

    def __init__(self, region: str, endpoint: str | None = None, model_endpoint: str | None = None):
        self._session = Session()
        self._region = region
        self._endpoint = endpoint
        self._own = {"bedrock-runtime": model_endpoint} if model_endpoint else {}
        # Two threads must not use botocore's session or its search for credentials at once.
        self._lock = threading.Lock()
        if endpoint:
            self._session.set_credentials("test", "test")

    def client(self, service: str, region: str | None = None) -> Any:
        """A client of a service, by default in the stack's region."""
        endpoint = self._own.get(service, self._endpoint)
        with self._lock:
            return self._session.create_client(
                service, region or self._region, endpoint_url=endpoint, config=WAITS
            )

    def credentials(self) -> Any:
        """What the usual chain (environment, profile, SSO) finds, or None. Raises botocore's
        errors."""
        with self._lock:
            return self._session.get_credentials()

    @property
    def profile(self) -> str | None:
        """The profile that is in use, if one was named."""
        return self._session.profile

    @property
    def shell_region(self) -> str | None:
        """The region that the AWS command line would use."""
        return None if self._endpoint else self._session.get_config_variable("region")


def code(error: Exception) -> str:
    """AWS's own name of an error; empty for one that did not come from AWS."""
    return error.response.get("Error", {}).get("Code", "") if isinstance(error, ClientError) else ""


def message(error: Exception) -> str:
    """AWS's own words in one line."""
    text = str(error)
    if isinstance(error, ClientError):
        text = error.response.get("Error", {}).get("Message", "") or code(error)
    return " ".join(text.split()).rstrip(".")
