"""Our statements as a person reads them: only their white space changes, so what is shown is what is sent."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

WIDTH = 110
INDENT = "  "

_TOKEN = re.compile(r"""(?:'(?:[^']|'')*'|"(?:[^"]|"")*"|[^\s()'",])+|[(),]""")
_CLAUSES = {"FROM", "WHERE", "GROUP", "ORDER", "HAVING", "LIMIT", "OFFSET", "UNION", "WINDOW", "SELECT"}
_BREAKABLE = {"AND", "OR", "LEFT", "||"}
"""Before these, and after a comma, a line may be broken that is too long."""


def laid_out(sql: str) -> str:
    """`sql` with every sub-select indented in lines of its own, and each of its clauses beginning one."""
    layout = _Layout()
    tokens = _TOKEN.findall(sql)
    for token, following in zip(tokens, [*tokens[1:], ""], strict=True):
        layout.put(token, following)
    return "\n".join(layout.lines())


@dataclass(slots=True)
class _Layout:
    done: list[str] = field(default_factory=list)
    line: str = ""
    depth: int = 0
    parens: list[bool] = field(default_factory=list)
    """Of each open parenthesis, whether a sub-select stands in it."""

    def put(self, token: str, following: str) -> None:
        match token:
            case "(":
                self._add(token, glued=self._calls())
                self._open(following in ("SELECT", "WITH"))
            case ")":
                if self.parens.pop():
                    self.depth -= 1
                    self._break()
                self._add(token, glued=True)
            case ",":
                self._add(token, glued=True)
            case _ if token in _CLAUSES and (not self.parens or self.parens[-1]):
                self._break()
                self._add(token)
            case _:
                breakable = token in _BREAKABLE or self.line.endswith(",")
                if breakable and len(self.line) + len(token) + len(following) > WIDTH:
                    self._break(INDENT * 2)
                self._add(token)

    def _open(self, select: bool) -> None:
        self.parens.append(select)
        self.depth += select

    def _calls(self) -> bool:
        """Whether the parenthesis that follows belongs to the name of a function before it."""
        return bool(re.search(r"[a-z_\"]$|\b(CAST|ANY)$", self.line))

    def _add(self, token: str, *, glued: bool = False) -> None:
        glued = glued or self.line.endswith("(") or not self.line.strip()
        self.line += token if glued else f" {token}"

    def _break(self, more: str = "") -> None:
        if self.line.strip():
            self.done.append(self.line)
        self.line = INDENT * self.depth + more

    def lines(self) -> Iterator[str]:
        """What was put so far."""
        yield from self.done
        yield self.line
