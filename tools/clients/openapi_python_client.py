"""A partner, with the client that openapi-python-client makes of the API's document."""

import importlib
import pkgutil

import onrecord_client
from demo import ACTION, CSV, INDICATOR, SERIES, SERVER, XLSX, check_archive, secret_of, workbook
from onrecord_client import AuthenticatedClient, Client
from onrecord_client.api.access import create_token
from onrecord_client.api.actions import get_action, list_actions, submit_action, update_action
from onrecord_client.api.bundles import get_export
from onrecord_client.api.releases import create_release, list_release_observations, replace_release_observations
from onrecord_client.api.series import list_series_observations
from onrecord_client.api.service import get_me
from onrecord_client.models import (
    ActionEvidence, ActionPatch, ActionStatus, FiguresSummary, NewRelease, Problem, ReplaceReleaseObservationsJsonBody,
    TokenRequest, TokenRequestGrantType,
)

modules = [module.name for module in pkgutil.walk_packages(onrecord_client.__path__, "onrecord_client.")]
calls = [name for name in modules if name.startswith("onrecord_client.api.") and hasattr(importlib.import_module(name), "sync_detailed")]
assert calls, "the generated client has no call"

visitor = Client(base_url=SERVER, raise_on_unexpected_status=True, timeout=60)
request = TokenRequest(grant_type=TokenRequestGrantType.CLIENT_CREDENTIALS, **secret_of("partner_writer"))
token = create_token.sync(client=visitor, body=request).access_token
partner = AuthenticatedClient(base_url=SERVER, token=token, raise_on_unexpected_status=True, timeout=60)

me = get_me.sync(client=partner)
assert [one.reference for one in me.due] == ["ACT-1-4"], me.due
mine = list_actions.sync(client=partner, assigned_organisation=me.organisation)
assert len(mine.data) == 1, mine

answer = get_action.sync_detailed(ACTION, client=partner)
evidence = [*answer.parsed.status_evidence, ActionEvidence.from_dict({"date": "2026-11-20", "summary": "By openapi-python-client."})]
change = ActionPatch(status=ActionStatus.IN_PROGRESS, status_evidence=evidence)
changed = update_action.sync_detailed(ACTION, client=partner, body=change, if_match=answer.headers["etag"])
assert len(changed.parsed.status_evidence) == len(evidence), changed
late = update_action.sync(ACTION, client=partner, body=change, if_match=answer.headers["etag"])
assert isinstance(late, Problem) and late.status == 412, late
submitted = submit_action.sync(ACTION, client=partner, if_match=changed.headers["etag"])
assert submitted.state == "submitted", submitted

new = NewRelease(reference="REL-PYTHON-CLIENT", title="Referrals, April to September 2026", indicator=INDICATOR, organisation=me.organisation)
answer = create_release.sync_detailed(client=partner, body=new)
release, tag = answer.parsed.id, answer.headers["etag"]
rows = {"observations": [{"AREA": "E23000018", "TIME_PERIOD": "2026-04-01/P6M", "value": "131", "OBS_STATUS": "P"}]}
sent = replace_release_observations.sync(
    release, client=partner, body=ReplaceReleaseObservationsJsonBody.from_dict(rows), if_match=tag, validate_only=True
)
assert isinstance(sent, FiguresSummary) and sent.cells == 1, sent
# What is not JSON goes by the client's httpx, with the media type.
for content, kind in ((CSV, "text/csv"), (workbook(), XLSX)):
    answer = partner.get_httpx_client().put(
        f"/v1/releases/{release}/observations", content=content, headers={"If-Match": tag, "Content-Type": kind}
    )
    sent = FiguresSummary.from_dict(answer.raise_for_status().json())
    assert sent.cells == 1, sent
    tag = sent.etag
figures = list_release_observations.sync(release, client=partner)
assert len(figures.data) == 1, figures

# A series: what an observation does not say, its series says or what is usual.
answer = list_series_observations.sync(SERIES, client=visitor, include_history=True)
(series,) = answer.data
whole = [{**answer.usual.to_dict(), **series.to_dict(), **one.to_dict()} for one in series.observations]
assert len(whole) > 20 and {one["AREA"] for one in whole} == {"E23000020"}, series
assert all(one["OBS_STATUS"] == "A" and one["complete"] and one["value"] for one in whole), whole
assert len({one["release"] for one in whole}) > 1, whole

check_archive(get_export.sync(client=visitor).payload.read())
print(f"openapi-python-client: {len(calls)} calls imported, a report submitted, figures uploaded, the archive downloaded")
