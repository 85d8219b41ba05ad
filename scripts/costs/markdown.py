"""Tables of the documents."""

from collections.abc import Iterable


def table(head: str, rows: Iterable[Iterable[str]]) -> str:
    """`head` names the columns with bars between them; one that ends with a colon is set right."""
    columns = head.split("|")
    lines = [[name.rstrip(":") for name in columns], *rows]
    marks = "|".join("---:" if name.endswith(":") else "---" for name in columns)
    first, *others = (f"| {' | '.join(cells)} |" for cells in lines)
    return "\n".join([first, f"|{marks}|", *others])
