"""Other people's readers on our formats: pandas, pyjstat, csvw, frictionless and openpyxl have to find the same cells.

    check.py BASE ADDRESS...

BASE is where a server listens, which has to be its public address; an ADDRESS is a path with a query for figures,
without `format`, `labels`, `includeHistory` and `updatedAfter` (/v1/observations?indicator=burglary-domestic). For
each, the answer as JSON is compared with the CSV (by pandas, by csvw through the metadata that its Link header names,
by frictionless), with the workbook (by openpyxl and pandas) and with the JSON-stat (by pyjstat): the same cells with the same codes, nulls and flags, and every
value to its last digit.
"""

import io
import json
import re
import sys
import tempfile
import warnings
from collections import OrderedDict
from decimal import Decimal
from pathlib import Path

import frictionless
import openpyxl
import pandas
import requests
from csvw import CSVW
from pyjstat import pyjstat

LABELS = ("code", "name", "both")


def fail(message):
    raise SystemExit(f"tests/readers: {message}")


def get(url, **query):
    if query:
        url += ("&" if "?" in url else "?") + "&".join(f"{name}={value}" for name, value in query.items())
    response = requests.get(url, timeout=60)
    if response.status_code != 200:
        fail(f"{url} answers {response.status_code}: {response.text[:500]}")
    # Without an explicit charset requests would take text/csv for ISO 8859-1.
    response.encoding = "utf-8"
    return response


def compare(what, found, expected):
    """Says which cell differs, and how."""
    for key in [*expected, *(key for key in found if key not in expected)]:
        if found.get(key) != expected.get(key):
            fail(f"{what}: {key} is {found.get(key)}, and JSON has {expected.get(key)}")
    print(f"  {what}: {len(found)} cells")


# ---- JSON -------------------------------------------------------------------------------------------------


class Answer:
    """The answer as our own JSON, which all others are compared with."""

    def __init__(self, url):
        cube = get(url, format="jsonstat").json()
        self.dimensions = [name for name in cube["id"] if name not in ("INDICATOR", "FREQ", "TIME_PERIOD")]
        self.key = [*self.dimensions, "FREQ", "TIME_PERIOD"]
        body = get(url, format="json", labels="both").json()
        if body["page"]["next"]:
            fail(f"{url} is a page; ask for all of it")
        self.cells, self.names = {}, {}
        whole = [{**body["usual"], **series, **own} for series in body["data"] for own in series["observations"]]
        for cell in whole:
            key = tuple(cell[name] for name in self.key)
            if key in self.cells:
                fail(f"JSON has {key} twice")
            self.names[key] = tuple(cell[f"{name}_NAME"] for name in self.dimensions)
            self.cells[key] = {
                "value": number(cell["value"]),
                "numerator": number(cell["numerator"]),
                "denominator": number(cell["denominator"]),
                "status": (cell["OBS_STATUS"], cell["CONF_STATUS"]),
                "complete": cell["complete"],
                "revised": cell["revised"],
                "withdrawn": cell["not_published"] is not None,
            }
            if (cell["value"] is None) != (cell["OBS_STATUS"] in "MOQ"):
                fail(f"{key} is {cell['value']} and {cell['OBS_STATUS']}")

    def only(self, *members):
        return {key: {name: cell[name] for name in members} for key, cell in self.cells.items()}


def number(text):
    if text is None or text == "":
        return None
    if not re.fullmatch(r"-?\d+(\.\d{1,6})?", str(text)):
        fail(f"{text!r} is no decimal")
    return Decimal(text)


# ---- CSV --------------------------------------------------------------------------------------------------


def with_pandas(text, labels, answer):
    table = pandas.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
    if any(re.search(r"\.\d+$", title) for title in table.columns):
        fail(f"labels={labels}: two columns have one title: {list(table.columns)}")
    ids = {title.split(": ")[0]: title for title in table.columns} if labels == "both" else None
    found, names = {}, {}
    for row in table.to_dict("records"):
        cell = lambda name: row[ids[name] if ids else name]
        code = lambda name: cell(name).split(": ")[0] if labels == "both" else cell(name)
        key = (*map(code, answer.dimensions), code("FREQ"), cell("TIME_PERIOD"))
        found[key] = told(cell, code)
        if labels == "both":
            names[key] = tuple(cell(name).split(": ", 1)[1] for name in answer.dimensions)
        if labels == "name":
            behind = [table.columns[list(table.columns).index(name) + 1] for name in answer.dimensions]
            names[key] = tuple(row[name] for name in behind)
    if len(found) != len(table):
        fail("CSV has a cell twice")
    compare(f"CSV by pandas, labels={labels}", found, answer.cells)
    if names and names != answer.names:
        fail(f"labels={labels}: the names differ")


def told(cell, code):
    return {
        "value": number(cell("OBS_VALUE")),
        "numerator": number(cell("NUMERATOR")),
        "denominator": number(cell("DENOMINATOR")),
        "status": (code("OBS_STATUS"), code("CONF_STATUS")),
        "complete": {"true": True, "false": False}[cell("COMPLETE")],
        "revised": {"true": True, "false": False}[cell("REVISED")],
        "withdrawn": cell("WITHDRAWN") != "",
    }


def with_csvw(response, labels, answer):
    """By its metadata: found from the table's own address, as the W3C says, and the types read as they are told."""
    link = requests.utils.parse_header_links(response.headers.get("Link", ""))
    about = [one for one in link if one.get("rel") == "describedby" and one.get("type") == "application/csvm+json"]
    if not about:
        fail(f"{response.url} names no metadata: Link is {response.headers.get('Link')!r}")
    table = CSVW(response.url, validate=True)
    if table.no_metadata:
        fail(f"csvw does not find the metadata of {response.url}")
    if not table.is_valid:
        fail(f"csvw, labels={labels}: {[str(warning.message) for warning in table.warnings]}")
    names = [column.name for column in table.t.tableSchema.columns]
    found = {}
    for row in table.t.iterdicts(strict=True):
        # By the names of the columns; csvw gives the titles where there are some.
        row = dict(zip(names, row.values()))
        text = lambda name: row[name] or ""
        code = lambda name: text(name).split(": ")[0] if labels == "both" else text(name)
        found[(*map(code, answer.dimensions), code("FREQ"), text("TIME_PERIOD"))] = {
            "value": row["OBS_VALUE"],
            "numerator": row["NUMERATOR"],
            "denominator": row["DENOMINATOR"],
            "status": (code("OBS_STATUS"), code("CONF_STATUS")),
            "complete": row["COMPLETE"],
            "revised": row["REVISED"],
            "withdrawn": row["WITHDRAWN"] is not None,
        }
        if row["VALID_FROM"].tzinfo is None:
            fail("a moment has lost its time zone")
    compare(f"CSV by csvw, labels={labels}", found, answer.cells)
    return table.t


TYPES = {"decimal": "number", "integer": "integer", "boolean": "boolean", "dateTime": "datetime", "string": "string"}


def with_frictionless(text, table, answer):
    """As a table of typed columns, with the types and the key of the metadata."""
    fields = []
    for column in table.tableSchema.columns:
        base = column.datatype.base
        fields.append({"name": str(column.titles), "type": TYPES[base], "constraints": {"required": column.required}})
        if base == "dateTime":
            fields[-1]["format"] = "any"
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, "table.csv").write_bytes(text.encode())
        schema = {"fields": fields, "primaryKey": table.tableSchema.primaryKey}
        description = {"name": "table", "path": "table.csv", "encoding": "utf-8", "schema": schema}
        resource = frictionless.Resource.from_descriptor(description, basepath=directory)
        report = resource.validate()
        if not report.valid:
            fail(f"frictionless: {report.flatten(['rowNumber', 'fieldName', 'note'])[:5]}")
        found = {}
        for row in resource.read_rows():
            cell = lambda name: row[name] or ""
            found[tuple(map(cell, answer.key))] = {
                "value": row["OBS_VALUE"],
                "status": (row["OBS_STATUS"], row["CONF_STATUS"]),
                "complete": row["COMPLETE"],
                "revised": row["REVISED"],
            }
    compare("CSV by frictionless", found, answer.only("value", "status", "complete", "revised"))


# ---- JSON-stat --------------------------------------------------------------------------------------------


def with_pyjstat(url, answer):
    exact = json.loads(
        get(url, format="jsonstat").text, object_pairs_hook=OrderedDict, parse_float=Decimal, parse_int=Decimal
    )
    # A cube counts with numbers; only its values are to keep their digits.
    exact["size"] = [int(size) for size in exact["size"]]
    cube = pyjstat.Dataset(exact)
    values = cube.write("dataframe", naming="id")
    statuses = cube.write("dataframe", naming="id", value="status")
    flags = {name: set(map(int, exact["extension"][name])) for name in ("revised", "incomplete", "not_published")}
    found = {}
    for place, (value, status) in enumerate(zip(values.to_dict("records"), statuses.to_dict("records"))):
        known = value["value"] is not None and not pandas.isna(value["value"])
        flagged = isinstance(status["status"], str)
        if not known and not flagged:
            continue
        obs, _, conf = (status["status"] if flagged else "A").partition("/")
        found[tuple(value[name] for name in answer.key)] = {
            "value": value["value"] if known else None,
            "status": (obs, conf or "F"),
            "complete": place not in flags["incomplete"],
            "revised": place in flags["revised"],
            "withdrawn": place in flags["not_published"],
        }
    members = ("value", "status", "complete", "revised", "withdrawn")
    compare("JSON-stat by pyjstat", found, answer.only(*members))
    # And as most people do it: from the address, with names.
    address = url + ("&" if "?" in url else "?") + "format=jsonstat"
    named = pyjstat.Dataset.read(address).write("dataframe")
    if len(named) != len(values):
        fail("JSON-stat read from its address has another number of places")


# ---- Workbook ---------------------------------------------------------------------------------------------


def with_openpyxl(response, labels, answer):
    """Texts are texts, figures numbers, days days, nothing a formula; and pandas finds the same."""
    book = openpyxl.load_workbook(io.BytesIO(response.content))
    if book.sheetnames != ["Data", "About"] or book["Data"].freeze_panes != "A2":
        fail(f"labels={labels}: the sheets are {book.sheetnames}")
    about = {row[0].value: row[1].value for row in book["About"].iter_rows()}
    for name in ("What this is", "Address", "As of", "Licence of the record", "What is left out"):
        if not about.get(name):
            fail(f"labels={labels}: About does not say {name!r}")
    rows = book["Data"].iter_rows()
    titles = [cell.value.split(": ")[0] if labels == "both" else cell.value for cell in next(rows)]
    found = {}
    for cells in rows:
        row = dict(zip(titles, cells))
        if any(cell.data_type == "f" for cell in cells):
            fail(f"labels={labels}: a cell is a formula")
        for name in ("period_start", "period_end"):
            if not row[name].is_date:
                fail(f"labels={labels}: {name} is {row[name].value!r}, not a day")
        for name in ("OBS_VALUE", "NUMERATOR", "DENOMINATOR"):
            if row[name].value is not None and row[name].data_type != "n":
                fail(f"labels={labels}: {name} is {row[name].value!r}, not a number")
        text = {True: "true", False: "false", None: ""}
        cell = lambda name: text.get(row[name].value, row[name].value) if row[name].data_type in "bn" else row[name].value
        code = lambda name: cell(name).split(": ")[0] if labels == "both" else cell(name)
        key = (*map(code, answer.dimensions), code("FREQ"), cell("TIME_PERIOD"))
        figure = lambda name: "" if row[name].value is None else str(Decimal(repr(row[name].value)))
        exact = lambda name: figure(name) if name in ("OBS_VALUE", "NUMERATOR", "DENOMINATOR") else cell(name)
        found[key] = told(exact, code)
    compare(f"workbook by openpyxl, labels={labels}", found, answer.cells)
    table = pandas.read_excel(io.BytesIO(response.content), keep_default_na=False)
    if len(table) != len(found) or not pandas.api.types.is_datetime64_any_dtype(table["period_start"]):
        fail(f"labels={labels}: pandas reads {len(table)} rows, and {table['period_start'].dtype} as days")


def main(base, addresses):
    for address in addresses:
        url = base.rstrip("/") + address
        print(address)
        answer = Answer(url)
        if not answer.cells:
            fail(f"{address} has no cells: nothing is tested")
        for labels in LABELS:
            response = get(url, format="csv", labels=labels)
            with_pandas(response.text, labels, answer)
            table = with_csvw(response, labels, answer)
            if labels == "code":
                with_frictionless(response.text, table, answer)
            with_openpyxl(get(url, format="xlsx", labels=labels), labels, answer)
        with_pyjstat(url, answer)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    warnings.simplefilter("ignore", DeprecationWarning)
    main(sys.argv[1], sys.argv[2:])
