"""The root's variables in a configuration of their own, without modules, data sources and a
provider: Terraform takes milliseconds there for what takes it seconds in the stack."""

import re
from pathlib import Path

# The files of terraform/tests that are about nothing else.
TESTS = ("lease.tftest.hcl", "limits.tftest.hcl", "variables.tftest.hcl")
# `terraform fmt` puts the end of a block, and nothing else, at the beginning of a line.
_BLOCK = re.compile(r"^(?:variable|locals|output)\b.*?^}\n", re.MULTILINE | re.DOTALL)
_MOCK = re.compile(r"^mock_provider .*?^}\n", re.MULTILINE | re.DOTALL)


def assemble(folder: Path, configuration: Path) -> Path:
    """Makes it in `folder`: every variable, and the locals and outputs that depend on nothing but
    variables, with those tests. Returns the root's folder; beside it is what the root reads from
    outside."""
    text = "".join(path.read_text() for path in sorted(configuration.glob("*.tf")))
    root = folder / configuration.name
    (root / "tests").mkdir(parents=True)
    (root / "main.tf").write_text("\n".join(_self_contained(_BLOCK.findall(text))))
    for name in TESTS:
        tests = (configuration / "tests" / name).read_text()
        (root / "tests" / name).write_text(_MOCK.sub("", tests))
    (folder / "handler").symlink_to(configuration.parent / "handler")
    return root


def _self_contained(blocks: list[str]) -> list[str]:
    """Without those that need a module, a data source, or a local of a block that is left out."""
    kept = [block for block in blocks if not re.search(r"\b(?:module|data)\.", block)]
    declared = {
        name
        for block in kept
        if block.startswith("locals")
        for name in re.findall(r"^  (\w+) +=", block, re.MULTILINE)
    }
    left = [block for block in kept if set(re.findall(r"\blocal\.(\w+)", block)) <= declared]
    return left if left == blocks else _self_contained(left)
