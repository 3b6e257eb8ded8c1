"""Write spreadsheets by hand, so that tests need no package that writes them."""

from __future__ import annotations

import datetime
import pathlib
import zipfile
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
EPOCH = datetime.date(1899, 12, 30)


def cell(value: Any) -> str:
    """One cell; a date is a number with the style that the workbook gives to dates."""
    if value is None:
        return "<c/>"
    if isinstance(value, bool):
        return f'<c t="b"><v>{int(value)}</v></c>'
    if isinstance(value, datetime.date):
        return f'<c s="1"><v>{(value - EPOCH).days}</v></c>'
    if isinstance(value, int | float):
        return f"<c><v>{value!r}</v></c>"
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'


def workbook(path: pathlib.Path, sheets: dict[str, Sequence[Sequence[Any]]]) -> str:
    """Write a workbook; returns its path."""
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    listed = "".join(f'<sheet name="{escape(name)}" sheetId="{i}" r:id="r{i}"/>' for i, name in enumerate(sheets, 1))
    kind = f"{RELATIONS}/worksheet"
    links = "".join(f'<Relationship Id="r{i}" Type="{kind}" Target="worksheets/sheet{i}.xml"/>' for i in range(1, len(sheets) + 1))
    links += f'<Relationship Id="s" Type="{RELATIONS}/styles" Target="styles.xml"/>'
    styles = '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs>'
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="w" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{NAMESPACE}" xmlns:r="{RELATIONS}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{links}</Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{NAMESPACE}">{styles}</styleSheet>',
    }
    for i, rows in enumerate(sheets.values(), 1):
        lines = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
        parts[f"xl/worksheets/sheet{i}.xml"] = f'<worksheet xmlns="{NAMESPACE}"><sheetData>{lines}</sheetData></worksheet>'
    with zipfile.ZipFile(path, "w") as file:
        for name, text in parts.items():
            file.writestr(zipfile.ZipInfo(name), head + text)
    return str(path)
