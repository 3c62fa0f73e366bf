"""Excel workbooks for tests, written by hand: no library for that is among the project's."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
DAY, MOMENT, PERCENT = 1, 2, 3
"""Styles of a number: (45000, DAY) is a date."""
DECLARED = '<?xml version="1.0"?>'
STYLES = "".join(f'<xf numFmtId="{number}"/>' for number in (0, 14, 22, 10))


def write_workbook(path: Path, sheets: dict[str, Sequence[Sequence[Any]]]) -> None:
    """A workbook of sheets: rows of text, numbers, booleans, (number, style) and None."""
    kinds, books, relations = [], [], []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (name, rows) in enumerate(sheets.items(), 1):
            place = f"worksheets/sheet{number}.xml"
            archive.writestr(f"xl/{place}", _sheet(rows))
            kinds.append(_override(f"/xl/{place}", "worksheet"))
            books.append(f'<sheet name="{escape(name)}" sheetId="{number}" r:id="rId{number}"/>')
            relations.append(_relation(f"rId{number}", "worksheet", place))
        relations.append(_relation("rIdS", "styles", "styles.xml"))
        kinds += [_override("/xl/workbook.xml", "sheet.main"), _override("/xl/styles.xml", "styles")]
        xml = "application/vnd.openxmlformats-package.relationships+xml"
        default = f'<Default Extension="rels" ContentType="{xml}"/>'
        default += '<Default Extension="xml" ContentType="application/xml"/>'
        archive.writestr(
            "[Content_Types].xml",
            f'{DECLARED}<Types xmlns="{PACKAGE}/content-types">{default}{"".join(kinds)}</Types>',
        )
        archive.writestr("_rels/.rels", _relations([_relation("rId1", "officeDocument", "xl/workbook.xml")]))
        archive.writestr("xl/_rels/workbook.xml.rels", _relations(relations))
        archive.writestr(
            "xl/workbook.xml",
            f'{DECLARED}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{"".join(books)}</sheets></workbook>',
        )
        archive.writestr(
            "xl/styles.xml",
            f'{DECLARED}<styleSheet xmlns="{MAIN}"><cellXfs count="4">{STYLES}</cellXfs></styleSheet>',
        )


def _override(part: str, kind: str) -> str:
    whole = f"application/vnd.openxmlformats-officedocument.spreadsheetml.{kind}+xml"
    return f'<Override PartName="{part}" ContentType="{whole}"/>'


def _relation(name: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{name}" Type="{OFFICE}/{kind}" Target="{target}"/>'


def _relations(relations: list[str]) -> str:
    return f'{DECLARED}<Relationships xmlns="{PACKAGE}/relationships">{"".join(relations)}</Relationships>'


def _sheet(rows: Sequence[Sequence[Any]]) -> str:
    lines = (
        f'<row r="{row}">{"".join(_cell(row, column, value) for column, value in enumerate(cells))}</row>'
        for row, cells in enumerate(rows, 1)
    )
    return f'{DECLARED}<worksheet xmlns="{MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def _cell(row: int, column: int, value: Any) -> str:
    place = f"{chr(65 + column)}{row}"
    if value is None:
        return ""
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, tuple):
        return f'<c r="{place}" s="{value[1]}"><v>{value[0]}</v></c>'
    if isinstance(value, (int, float)):
        return f'<c r="{place}"><v>{value!r}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
