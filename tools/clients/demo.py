"""What the two programs in Python have in common: the demo's clients, and what they upload."""

import io
import json
import os
import zipfile
from pathlib import Path

SERVER = os.environ["DEMO_URL"]
INDICATOR = "derbyshire-pcc:IND-PARTNERSHIP-REFERRALS"
SERIES = "recorded-crime-rolling-year.E23000020.violence-with-injury.P1Y-P3M"
ACTION = "derbyshire-pcc:ACT-1-4"
CSV = "AREA,TIME_PERIOD,value,OBS_STATUS\nE23000018,2026-04-01/P6M,131,P\n"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def secret_of(role):
    """The id and the secret of the demo's first client with that role."""
    clients = json.loads(Path(os.environ["DEMO_CREDENTIALS"]).read_text())["clients"]
    one = next(client for client in clients if client["role"] == role)
    return {"client_id": one["client_id"], "client_secret": one["client_secret"]}


def workbook():
    """The same table as CSV, as a workbook."""
    return Path(os.environ["FIGURES_XLSX"]).read_bytes()


def check_archive(content):
    """The archive of the record has the actions."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert "actions.jsonl" in archive.namelist(), archive.namelist()
