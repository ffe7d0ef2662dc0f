"""Written arithmetic: numbers, + - * / and brackets, so that a worked case shows how its figures came about."""

from __future__ import annotations

import ast
import operator

OPERATIONS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}


def worked(text: str) -> float:
    """The value of written arithmetic: numbers, + - * / and brackets, nothing else.

    >>> worked("(9 + 8 + 9) / 3 - 0.5 * 2")
    7.666666666666666
    """

    def value(node: ast.expr) -> float:
        match node:
            case ast.Constant(value=int() | float() as number):
                return float(number)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATIONS:
                return OPERATIONS[type(op)](value(left), value(right))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -value(operand)
        raise ValueError(f"no arithmetic: {text}")

    return value(ast.parse(text, mode="eval").body)
