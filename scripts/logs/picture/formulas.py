"""What the dashboard uses of CloudWatch's metric math ("Using math expressions", CloudWatch User Guide)."""

import ast
import operator
from collections.abc import Mapping, Sequence
from itertools import accumulate

# A value for each period, None where there is none; and numbers, which are the same in every period.
Values = Sequence[float | None]


def evaluate(expression: str, series: Mapping[str, Values], length: int) -> list[float | None]:
    """The expression's value in each of `length` periods. Raises ValueError for what the dashboard does not use."""

    def of(node: ast.expr) -> Values:
        match node:
            case ast.Constant(value=int() | float() as number):
                return [number] * length
            case ast.Name(id=name) if name in series:
                return series[name]
            case ast.BinOp(left=left, op=ast.Mult(), right=right):
                return [_both(operator.mul, *pair) for pair in zip(of(left), of(right), strict=True)]
            case ast.Compare(left=left, ops=[ast.Gt()], comparators=[right]):
                return [_both(operator.gt, *pair) for pair in zip(of(left), of(right), strict=True)]
            case ast.Call(func=ast.Name(id="FILL"), args=[values, filler]):
                return [filled if value is None else value for value, filled in zip(of(values), of(filler), strict=True)]
            case ast.Call(func=ast.Name(id="IF"), args=[condition, then, otherwise]):
                return [yes if holds else no for holds, yes, no in zip(of(condition), of(then), of(otherwise), strict=True)]
            case ast.Call(func=ast.Name(id="RUNNING_SUM"), args=[values]):
                return list(accumulate(value or 0 for value in of(values)))
        raise ValueError(f"{expression!r} uses what this picture cannot draw")

    return list(of(ast.parse(expression, mode="eval").body))


def _both(apply, left: float | None, right: float | None) -> float | None:
    return None if left is None or right is None else apply(left, right)
