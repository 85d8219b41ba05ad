"""What a cold start pays for: importing the handler makes definitions only, and loads no more than
it needs."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


_ALLOWED = {"boto3", "botocore", "certifi", "dateutil", "jmespath", "s3transfer", "six", "urllib3"}
_PACKAGES = """
import handler.app
files = {name.split(".")[0]: getattr(module, "__file__", None) or "" for name, module in sys.modules.items()}
print(*(name for name, file in files.items() if "site-packages" in file))
"""


def fresh(code: str) -> str:
    """What `code` prints in a new interpreter with an empty environment."""
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{code}"
    run = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, env={}, check=False
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def test_the_handler_can_be_imported_in_an_empty_environment():
    assert fresh("import handler.app; print('fine')") == "fine"


def test_the_handler_imports_nothing_that_the_lambda_runtime_lacks():
    packages = {
        name for name in fresh(_PACKAGES).split() if not name.startswith(("_", "distutils"))
    }
    assert packages <= _ALLOWED
