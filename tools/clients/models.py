"""A partner, with the models that datamodel-code-generator makes of the API's document, and httpx."""

import httpx

import onrecord_models as models
from demo import ACTION, CSV, INDICATOR, SERIES, SERVER, XLSX, check_archive, secret_of, workbook

http = httpx.Client(base_url=SERVER, timeout=60)
token = http.post("/oauth/token", data={"grant_type": "client_credentials", **secret_of("partner_writer")}).raise_for_status()
http.headers["Authorization"] = "Bearer " + models.Token.model_validate_json(token.content).access_token


def read(model, answer):
    """The answer as an instance of a model, which checks every field of it."""
    return model.model_validate_json(answer.raise_for_status().content)


def body(model):
    """A model as a body: what was not given stays away."""
    return model.model_dump(mode="json", exclude_unset=True)


me = read(models.Me, http.get("/v1/me"))
organisation = me.organisation
assert [str(one.reference) for one in me.due] == ["ACT-1-4"], me.due
mine = read(models.ActionList, http.get("/v1/actions", params={"assigned_organisation": organisation}))
assert len(mine.data) == 1, mine

answer = http.get(f"/v1/actions/{ACTION}")
action = read(models.AnyAction, answer).root
evidence = [*action.status_evidence, models.ActionEvidence(date="2026-11-20", summary="By datamodel-code-generator.")]
change = models.ActionPatch(status=models.ActionStatus.in_progress, status_evidence=evidence)
patch = {"If-Match": answer.headers["etag"], "Content-Type": "application/merge-patch+json"}
changed = read(models.AnyAction, http.patch(f"/v1/actions/{ACTION}", json=body(change), headers=patch)).root
assert changed.status == models.ActionStatus.in_progress and len(changed.status_evidence) == len(evidence), changed
late = http.patch(f"/v1/actions/{ACTION}", json=body(change), headers=patch)
assert late.status_code == 412, late.text
assert models.Problem.model_validate_json(late.content).type == "/problems/precondition-failed", late.text

new = models.NewRelease(reference="REL-MODELS", title="Referrals, April to September 2026", indicator=INDICATOR, organisation=organisation)
answer = http.post("/v1/releases", json=body(new))
release = read(models.AnyRelease, answer).root
tag, address = answer.headers["etag"], f"/v1/releases/{release.id}/observations"
rows = {"observations": [{"AREA": "E23000018", "TIME_PERIOD": "2026-04-01/P6M", "value": "131", "OBS_STATUS": "P"}]}
read(models.FiguresSummary, http.put(address, json=rows, headers={"If-Match": tag}, params={"validate_only": "true"}))
for content, kind in ((CSV, "text/csv"), (workbook(), XLSX)):
    sent = read(models.FiguresSummary, http.put(address, content=content, headers={"If-Match": tag, "Content-Type": kind}))
    assert sent.cells == 1, sent
    tag = sent.etag
figures = read(models.ReleaseObservationList, http.get(address))
assert len(figures.data) == 1, figures

# A series: what is not as usual has its default, or its series has it.
answer = read(models.ObservationList, http.get(f"/v1/series/{SERIES}/observations", params={"includeHistory": "true"}))
(series,) = answer.data
assert series.release and series.AREA == "E23000020" and len(series.observations) > 20, series
assert {one.OBS_STATUS for one in series.observations} == {answer.usual.OBS_STATUS} == {"A"}, answer.usual
assert any(one.release and one.release != series.release for one in series.observations), "it was revised"
assert any(one.revised for one in series.observations), "it was revised"

check_archive(httpx.get(f"{SERVER}/v1/export.zip", timeout=60).raise_for_status().content)
print("datamodel-code-generator: an action changed, figures uploaded, the archive downloaded")
