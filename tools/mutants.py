"""All small changes to a source file that tests ought to notice. :mod:`mutate` tries them.

Operators, comparisons, numbers and exceptions are changed by cosmic-ray. It knows nothing of what this
library lives by, refusals, so those are changed here: a ``raise`` or a call taken away, a condition or
an operand decided beforehand, an outcome made better, a ``bool`` or ``None`` returned whatever was found.
"""

from __future__ import annotations

import ast
import difflib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

__all__ = ["Mutant", "mutants_of"]

#: cosmic-ray replaces every operator by every other. These are the nearest and the opposite.
_BINARY = {
    "Add_Sub", "Sub_Add", "Mul_FloorDiv", "FloorDiv_Mul", "Mod_FloorDiv", "Pow_Mul", "Div_Mul",
    "BitAnd_BitOr", "BitOr_BitAnd", "BitXor_BitOr", "LShift_RShift", "RShift_LShift",
}  # fmt: skip
_COMPARISON = {
    "Eq_NotEq", "Eq_LtE", "Eq_GtE", "NotEq_Eq", "NotEq_Lt", "NotEq_Gt", "Is_IsNot", "IsNot_Is",
    "Lt_LtE", "Lt_GtE", "LtE_Lt", "LtE_Gt", "Gt_GtE", "Gt_LtE", "GtE_Gt", "GtE_Lt",
}  # fmt: skip
_OTHERS = {
    "AddNot", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "ReplaceAndWithOr", "ReplaceOrWithAnd",
    "ReplaceBreakWithContinue", "ReplaceContinueWithBreak", "ExceptionReplacer", "NumberReplacer",
    "ZeroIterationForLoop", "ReplaceUnaryOperator_Delete_Not", "ReplaceUnaryOperator_Delete_USub",
    "ReplaceUnaryOperator_Delete_Invert",
}  # fmt: skip

#: Changes that are to a refusal wherever they are.
_REFUSALS = {"no raise", "no call", "outcome", "returned"}
#: What an outcome may be turned into to make it better, or to keep it out of a sum.
_BETTER = {
    "Outcome.FAILED": ("Outcome.UNDECIDED", "Outcome.PASSED"),
    "Outcome.UNDECIDED": ("Outcome.NOT_CHECKED", "Outcome.PASSED"),
    "Outcome.NOT_CHECKED": ("Outcome.PASSED",),
    "Exchange.REFUSED": ("Exchange.COMPLETED",),
    "Exchange.WRONG": ("Exchange.COMPLETED",),
    "Exchange.UNSUPPORTED": ("Exchange.COMPLETED",),
    "Exchange.INTERRUPTED": ("Exchange.COMPLETED",),
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change.

    :param file: relative to the project.
    :param lines: first and last line of the statement it is in, for compound ones of their head.
    :param place: the function it is in; with a number where the same change fits there several times.
    :param removed: the lines before, without indentation; *added*: the lines after.
    :param refusal: whether it is where something is refused: a condition before a ``raise`` or a
        ``return``, what is caught, an outcome, a call whose result nobody takes.
    :param source: the whole changed file.
    """

    file: str
    lines: tuple[int, int]
    place: str
    operator: str
    removed: str
    added: str
    refusal: bool
    source: str

    @property
    def key(self) -> tuple[str, ...]:
        """What names it also after other lines have moved."""
        return f"{self.file} {self.place}", self.removed, self.added


def mutants_of(root: Path, file: str) -> list[Mutant]:
    """All mutants of one file that differ from it and from each other, in the order of its lines."""
    source = (root / file).read_text(encoding="utf-8")
    tree = ast.parse(source)
    seen = {_meaning(source)}
    found = []
    for operator, changed in (*_refusals(source, tree), *_cosmic(source)):
        meaning = _meaning(changed)
        if meaning is None or meaning in seen:
            continue
        seen.add(meaning)
        found.append((operator, changed))
    described = sorted((_describe(source, changed), operator, changed) for operator, changed in found)
    refusing = _refusing(tree)
    repeated: Counter[tuple[str, str, str]] = Counter()
    mutants = []
    for (line, removed, added), operator, changed in described:
        place = _function(tree, line)
        repeated[place, removed, added] += 1
        if (count := repeated[place, removed, added]) > 1:
            place = f"{place} {count}"
        lines = _statement(tree, line)
        at_refusal = not refusing.isdisjoint(range(lines[0], lines[1] + 1))
        if operator == "NumberReplacer":
            at_refusal = at_refusal and "if " in removed
        refusal = at_refusal or operator in _REFUSALS
        mutants.append(Mutant(file, lines, place, operator, removed, added, refusal, changed))
    return mutants


# --- changes by cosmic-ray -----------------------------------------------------------------------


def _cosmic(source: str) -> Iterator[tuple[str, str]]:
    nodes = list(ast_nodes(get_ast(source)))
    for full_name in operator_names():
        name = full_name.split("/")[1]
        short = name.removeprefix("ReplaceBinaryOperator_").removeprefix("ReplaceComparisonOperator_")
        if short not in _BINARY | _COMPARISON | _OTHERS:
            continue
        operator = get_operator(full_name)()
        count = sum(1 for node in nodes for _ in operator.mutation_positions(node))
        for occurrence in range(count):
            changed = mutate_code(source, operator, occurrence)
            if changed is not None:
                yield name, changed


# --- changes to refusals -------------------------------------------------------------------------


def _refusals(source: str, tree: ast.AST) -> Iterator[tuple[str, str]]:
    octets = source.encode()
    starts = [0]
    for line in octets.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for operator, node, text in _replacements(tree):
        begin = starts[node.lineno - 1] + node.col_offset
        end = starts[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)
        yield operator, (octets[:begin] + text.encode() + octets[end:]).decode()


def _replacements(tree: ast.AST) -> Iterator[tuple[str, ast.stmt | ast.expr, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Raise():
                yield "no raise", node, "pass"
            case ast.Expr(value=ast.Call() | ast.YieldFrom() | ast.Yield()):
                yield "no call", node, "pass"
            case ast.AugAssign():
                yield "no change", node, "pass"
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                pass  # never true when tests run
            case ast.If(test=test) | ast.IfExp(test=test):
                yield "decided", test, "False"
                yield "decided", test, "True"
            case ast.While(test=test):
                yield "decided", test, "False"
            case ast.comprehension(ifs=tests):
                yield from (("decided", test, "True") for test in tests)
            case ast.BoolOp(op=op, values=values):
                neutral = "True" if isinstance(op, ast.And) else "False"
                yield from (("operand", value, neutral) for value in values)
            case ast.Compare(left=left, ops=[ast.In() | ast.NotIn() as op], comparators=[right]):
                other = "in" if isinstance(op, ast.NotIn) else "not in"
                yield "membership", node, f"({ast.unparse(left)} {other} {ast.unparse(right)})"
            case ast.Call(func=ast.Name(id="any" | "all" as name) as called):
                yield "any and all", called, "all" if name == "any" else "any"
            case ast.Attribute():
                yield from (("outcome", node, text) for text in _BETTER.get(ast.unparse(node), ()))
            case ast.FunctionDef(returns=ast.expr() as annotation):
                yield from _returns(node, ast.unparse(annotation))


def _returns(function: ast.FunctionDef, annotation: str) -> Iterator[tuple[str, ast.expr, str]]:
    if annotation in ("bool", "Protocol[bool]"):
        words = ("True", "False")
    elif "None" in annotation and annotation != "None":
        words = ("None",)
    else:
        return
    for node in ast.walk(function):
        if isinstance(node, ast.Return) and node.value is not None:
            yield from (("returned", node.value, word) for word in words)


# --- telling them apart --------------------------------------------------------------------------


class _Essence(ast.NodeTransformer):
    """Annotations are never evaluated here, and decorators (``frozen``, ``slots``) refuse nothing."""

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        node.decorator_list = []
        return self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.decorator_list = []
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.annotation = ast.Constant(None)
        return self.generic_visit(node)


def _meaning(source: str) -> str | None:
    try:
        return ast.dump(_Essence().visit(ast.parse(source)))
    except SyntaxError:
        return None


def _describe(before: str, after: str) -> tuple[int, str, str]:
    """The first line that differs, and what stood and stands there."""
    old, new = before.splitlines(), after.splitlines()
    blocks = [
        block for block in difflib.SequenceMatcher(None, old, new, False).get_opcodes() if block[0] != "equal"
    ]
    first, last = blocks[0], blocks[-1]
    removed = " ".join(line.strip() for line in old[first[1] : last[2]])
    added = " ".join(line.strip() for line in new[first[3] : last[4]])
    return first[1] + 1, removed, added


def _refusing(tree: ast.AST) -> set[int]:
    """Lines of ``raise``, and of the heads before a body that raises, returns or notes an outcome."""
    lines: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise):
            lines.update(range(node.lineno, (node.end_lineno or 0) + 1))
        elif isinstance(node, ast.If | ast.While | ast.ExceptHandler) and any(
            isinstance(first, ast.Raise | ast.Return) or "outcome(" in ast.unparse(first)
            for first in node.body
        ):
            lines.update(range(node.lineno, node.body[0].lineno))
    return lines


def _function(tree: ast.AST, line: int) -> str:
    """Name of the innermost function or class around *line*, ``-`` outside of all."""
    inside = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and min([node.lineno, *(d.lineno for d in node.decorator_list)]) <= line <= (node.end_lineno or 0)
    ]
    return ".".join(node.name for node in sorted(inside, key=lambda node: node.lineno)) or "-"


def _statement(tree: ast.AST, line: int) -> tuple[int, int]:
    """Lines of the innermost statement around *line*; of one with a body, its head."""
    best = (line, line)
    size = None
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt | ast.ExceptHandler):
            continue
        body = getattr(node, "body", None)
        last = body[0].lineno - 1 if body else node.end_lineno or node.lineno
        last = max(last, node.lineno)
        if node.lineno <= line <= last and (size is None or last - node.lineno < size):
            best, size = (node.lineno, last), last - node.lineno
    return best
