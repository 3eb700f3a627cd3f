"""Other people's readers on our Parquet: DuckDB, Polars and pandas have to find the values of the CSV.

    check.py BASE ADDRESS...

BASE is where a server listens; an ADDRESS is a path with a query, without `format`, of figures or of services. Each is read as CSV, and as Parquet by
every reader, through a proxy that sees what they request: DuckDB and Polars have to read it in parts, and one column of it
with fewer bytes than all. Every value is compared, and the type of every column. At last the calls of the guide are run.
"""

import contextlib
import csv
import io
import os
import re
import sys
import threading
import urllib.request
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import duckdb
import duckdb_extension_httpfs
import pandas
import polars
import pyarrow

ROOT = Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tests"))
from docs import calls, wrong  # noqa: E402

# The columns that are no text, and as what each reader has them.
DECIMAL = (pyarrow.decimal128(19, 6), "DECIMAL(19,6)", polars.Decimal(19, 6))
INTEGER = (pyarrow.int64(), "BIGINT", polars.Int64())
BOOLEAN = (pyarrow.bool_(), "BOOLEAN", polars.Boolean())
MOMENT = (pyarrow.timestamp("us", "UTC"), "TIMESTAMP WITH TIME ZONE", polars.Datetime("us", "UTC"))
DAY = (pyarrow.date32(), "DATE", polars.Date())
TEXT = (None, "VARCHAR", polars.String())
TYPES = {
    **dict.fromkeys(["OBS_VALUE", "NUMERATOR", "DENOMINATOR"], DECIMAL),
    **dict.fromkeys(["DECIMALS", "REVISION"], INTEGER),
    **dict.fromkeys(["COMPLETE", "REVISED"], BOOLEAN),
    **dict.fromkeys(["WITHDRAWN", "VALID_FROM", "VALID_TO"], MOMENT),
    # Those of services.
    **dict.fromkeys(["version", "count"], INTEGER),
    **dict.fromkeys(["from", "to"], DAY),
    "published_at": MOMENT,
    "value": DECIMAL,
}


def fail(message):
    raise SystemExit(f"tests/parquet: {message}")


def check(holds, message):
    if not holds:
        fail(message)


# ---- the proxy --------------------------------------------------------------------------------------------


class Proxy(ThreadingHTTPServer):
    """Passes requests on to a server, and counts them and their bytes."""

    daemon_threads = True

    def __init__(self, base):
        super().__init__(("127.0.0.1", 0), Handler)
        self.server = urlsplit(base).netloc
        self.lock = threading.Lock()
        self.forget()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def forget(self):
        self.seen, self.bytes, self.tags = Counter(), 0, set()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        connection = HTTPConnection(self.server.server, timeout=60)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
        connection.request(self.command, self.path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        with self.server.lock:
            part = "part" if self.headers.get("Range") else "whole"
            self.server.seen[self.command, part, answer.status] += 1
            self.server.bytes += len(body)
            self.server.tags.add(answer.getheader("ETag"))
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("date", "connection", "transfer-encoding", "content-length"):
                self.send_header(name, value)
        length = answer.getheader("Content-Length") if self.command == "HEAD" else str(len(body))
        if length is not None:
            self.send_header("Content-Length", length)
        self.end_headers()
        self.wfile.write(body)

    do_HEAD = do_GET


# ---- the CSV ----------------------------------------------------------------------------------------------


def expected(base, address):
    """The titles and the rows of the CSV, page after page; an empty cell is None."""
    rows, path = [], f"{address}&format=csv"
    while path:
        with urllib.request.urlopen(f"{base}{path}", timeout=60) as answer:
            page = list(csv.reader(io.StringIO(answer.read().decode(), newline="")))
            rows += page[1:]
            following = re.search(r'<([^>]*)>; rel="next"', ", ".join(answer.headers.get_all("Link", [])))
            path = following and following[1]
    return page[0], [[cell or None for cell in row] for row in rows]


def text(value):
    """A value as the CSV has it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        plain = f"{value:f}"
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    if isinstance(value, datetime):
        check(value.utcoffset() is not None, f"{value} is in no time zone")
        value = value.astimezone(UTC)
        digits = "auto" if not value.microsecond else "milliseconds" if value.microsecond % 1000 == 0 else "microseconds"
        return value.replace(tzinfo=None).isoformat(timespec=digits) + "Z"
    if isinstance(value, date):
        return value.isoformat()
    check(isinstance(value, int), f"{value!r} is of no type of ours")
    return str(value)


def compare(who, titles, rows, table):
    check(table.column_names == titles, f"{who}: the columns are {table.column_names}, and the CSV has {titles}")
    check(table.num_rows == len(rows), f"{who}: {table.num_rows} rows, and the CSV has {len(rows)}")
    for number, title in enumerate(titles):
        for row, value in enumerate(table.column(title).to_pylist()):
            found, wanted = text(value), rows[row][number]
            if isinstance(value, Decimal) and wanted is not None:
                # A sum of money has all its places in the CSV.
                wanted = text(Decimal(wanted))
            check(found == wanted, f"{who}: row {row} of {title} is {found!r}, and the CSV has {wanted!r}")


def of_type(title):
    # With labels, a title has the name after the code.
    return TYPES.get(title.split(": ")[0], TEXT)


# ---- the readers ------------------------------------------------------------------------------------------


def connect():
    database = duckdb.connect()
    extension, = Path(duckdb_extension_httpfs.__file__).parent.glob("extensions/*/httpfs.duckdb_extension")
    database.load_extension(str(extension))
    return database


def by_duckdb(database, url, titles):
    found = database.execute("DESCRIBE SELECT * FROM read_parquet(?)", [url]).fetchall()
    types = {title: datatype for title, datatype, *_ in found}
    for title in titles:
        check(types[title] == of_type(title)[1], f"DuckDB has {title} as {types[title]}")
    return database.execute("SELECT * FROM read_parquet(?)", [url]).to_arrow_table()


def by_polars(url, titles):
    table = polars.scan_parquet(url).collect()
    for title in titles:
        check(table.schema[title] == of_type(title)[2], f"Polars has {title} as {table.schema[title]}")
    return table.to_arrow()


def by_pandas(url, titles):
    frame = pandas.read_parquet(url, dtype_backend="pyarrow")
    for title in titles:
        datatype = of_type(title)[0]
        found = frame.dtypes[title].pyarrow_dtype
        check(datatype is None or found == datatype, f"pandas has {title} as {found}")
    return pyarrow.Table.from_pandas(frame, preserve_index=False)


def one_column(database, url):
    """The sum of the values, of which nothing else has to be fetched."""
    total, = database.execute("SELECT sum(OBS_VALUE) FROM read_parquet(?)", [url]).fetchone()
    return total


def read(proxy, base, address):
    titles, rows = expected(base, address)
    check(rows, f"{address} has no rows")
    url = f"{proxy.url}{address}&format=parquet"
    tags = set()
    print(f"{address}: {len(rows)} rows")
    database = connect()
    for who, table in (
        ("DuckDB", lambda: by_duckdb(database, url, titles)),
        ("Polars", lambda: by_polars(url, titles)),
        ("pandas", lambda: by_pandas(url, titles)),
    ):
        proxy.forget()
        compare(who, titles, rows, table())
        tags |= proxy.tags
        allowed = {("GET", "part", 206), ("HEAD", "whole", 200)}
        if who == "pandas":
            allowed.add(("GET", "whole", 200))
        else:
            check(proxy.seen["GET", "part", 206] > 0, f"{who} read no part of it: {dict(proxy.seen)}")
        check(set(proxy.seen) <= allowed, f"{who} got {dict(proxy.seen)}")
        print(f"  {who}: {len(rows) * len(titles)} values, {proxy.bytes} bytes in {proxy.seen.total()} requests")
    check(len(tags) == 1, f"one body has the tags {tags}")
    whole = proxy.bytes
    proxy.forget()
    if "OBS_VALUE" in titles:
        values = [Decimal(row[titles.index("OBS_VALUE")]) for row in rows if row[titles.index("OBS_VALUE")]]
        found = one_column(connect(), url)
        check(found == sum(values), f"DuckDB has {found} as the sum, and the CSV has {sum(values)}")
        # A small file is fetched with its end.
        check(proxy.bytes < whole or whole < 65_536, f"{proxy.bytes} bytes for one column of {whole}")
        print(f"  one column: {proxy.bytes} of {whole} bytes")


# ---- the documentation ------------------------------------------------------------------------------------


def examples(base):
    """What the guide shows in SQL and in Python without a `python` block, which only needs what Python has."""
    page = (ROOT / "docs/journalist.md").read_text(encoding="utf-8").replace("http://127.0.0.1:8080", base)
    count = 0
    for language in ("sql", "py"):
        for block, shown in calls(page, language):
            if language == "sql":
                output = str(connect().sql(block))
            else:
                with contextlib.redirect_stdout(io.StringIO()) as written:
                    exec(compile(block, "docs/journalist.md", "exec"), {})
                output = written.getvalue()
            missing = wrong(output, shown)
            check(not missing, f"docs/journalist.md:\n{block}---- answers:\n{output}---- is to hold:\n{missing}")
            count += 1
    check(count == 3, f"docs/journalist.md shows {count} calls in SQL and Python")
    print(f"docs/journalist.md: {count} calls")


def main():
    base, *addresses = sys.argv[1:]
    proxy = Proxy(base)
    for address in addresses:
        read(proxy, base, address)
    examples(base)


main()
# Threads of pyarrow may still let go of what pandas gave them, which needs Python's lock. Where Python is ending just then, that
# aborts the process (3 times in 25). So it ends here without its own ending; a check that failed has already raised.
sys.stdout.flush()
os._exit(0)
