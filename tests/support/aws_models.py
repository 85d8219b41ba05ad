"""botocore's descriptions of AWS's services, read once for the whole process. Each session of its
own would parse them anew, which takes longer than most of what the tests then ask."""

from collections.abc import Iterator
from functools import cache

import pytest
from botocore import session
from botocore.loaders import create_loader


@pytest.fixture(scope="session", autouse=True)
def shared_aws_models() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "create_loader", cache(create_loader))
        yield
