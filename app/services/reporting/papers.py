"""The forms in which reports are delivered: JSON, CSV and HTML.

Nothing here makes PDF or XLSX: who asks for those gets what opens in the same program, HTML to print and CSV for the
spreadsheet, and the run says so in its `format`.
"""

import csv
import json
from collections.abc import Mapping
from html import escape
from io import StringIO
from typing import Any, Literal, NamedTuple

from models.reporting import ReportFormat

Form = Literal["JSON", "CSV", "HTML"]

DELIVERED: Mapping[ReportFormat, Form] = {
    "JSON": "JSON",
    "CSV": "CSV",
    "HTML": "HTML",
    "PDF": "HTML",
    "XLSX": "CSV",
}

TYPES: Mapping[Form, tuple[str, str]] = {
    "JSON": ("json", "application/json"),
    "CSV": ("csv", "text/csv"),
    "HTML": ("html", "text/html"),
}

STYLE = "body{font:14px sans-serif;margin:2em}table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:.3em}"
CUT = "There are more rows than are shown."
EMPTY = "Nothing in these days."


class Paper(NamedTuple):
    """A file."""

    ending: str
    type: str
    content: bytes


def paper(content: Mapping[str, Any], form: Form) -> Paper:
    """The file of what a run says."""
    write = {"JSON": _json, "CSV": _csv, "HTML": _html}[form]
    return Paper(*TYPES[form], write(content).encode())


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _csv(content: Mapping[str, Any]) -> str:
    """One table after the other, each with a line above that is its title."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow([_cell(content["name"]), content["from"], content["to"], content["timeZone"]])
    for table in content["tables"]:
        writer.writerows([[], [table["title"]], table["columns"]])
        writer.writerows([_cell(value) for value in row] for row in table["rows"])
        writer.writerows([[CUT]] if table.get("isCut") else [])
    return "\ufeff" + out.getvalue()  # by which spreadsheets know that it is UTF-8


def _cell(value: Any) -> Any:
    """What no spreadsheet takes for a formula, unless it is a number."""
    if not isinstance(value, str) or not value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return value
    return value if _is_number(value) else f"'{value}"


def _is_number(text: str) -> bool:
    return text.removeprefix("-").replace(".", "", 1).isdecimal()


def _html(content: Mapping[str, Any]) -> str:
    heading = escape(f"{content['name']}: {content['from']} to {content['to']}")
    about = escape(f"{content['business']}, days of {content['timeZone']}")
    tables = "\n".join(_html_table(table) for table in content["tables"])
    return (
        f'<!doctype html>\n<html><head><meta charset="utf-8"><title>{heading}</title><style>{STYLE}</style></head>\n'
        f"<body><h1>{heading}</h1><p>{about}</p>\n{tables}\n</body></html>\n"
    )


def _html_table(table: Mapping[str, Any]) -> str:
    title = f"<h2>{escape(table['title'])}</h2>"
    if not table["rows"]:
        return f"{title}<p>{EMPTY}</p>"
    head = "".join(f"<th>{escape(name.replace('_', ' '))}</th>" for name in table["columns"])
    rows = "\n".join(f"<tr>{''.join(map(_html_cell, row))}</tr>" for row in table["rows"])
    return f"{title}<table>\n<tr>{head}</tr>\n{rows}\n</table>{f'<p>{CUT}</p>' if table.get('isCut') else ''}"


def _html_cell(value: Any) -> str:
    return f"<td>{'' if value is None else escape(str(value))}</td>"
