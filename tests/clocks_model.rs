//! Clocks at any moment, against a model of its own: random histories of reports, recommendations, answers, progress and
//! verifications, each published here at some moment and dated by some day, seen at random moments by the public and by the
//! office.

use chrono::{Datelike, Days, NaiveDate};
use onrecord::bundle::Bundle;
use onrecord::clock::Ts;
use serde_json::{Value, json};

use crate::support::{TestApp, at};

/// Numbers from a fixed seed.
pub struct Numbers(pub u64);

impl Numbers {
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    pub fn day(&mut self) -> NaiveDate {
        first_day() + Days::new(self.below(700))
    }

    /// A moment at least as late as another, in steps of some hours, so that many are near midnight.
    pub fn moment_from(&mut self, earliest: Ts) -> Ts {
        earliest.plus_seconds(i64::try_from(self.below(600)).unwrap() * 7_200 + 1_800)
    }
}

fn first_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2023, 1, 1).unwrap()
}

/// The day in London, by the rule of summer time in words of the test's own: from 1:00 UTC on the last Sunday of March to
/// 1:00 UTC on the last Sunday of October the clocks are an hour ahead.
pub fn london(moment: Ts) -> NaiveDate {
    let last_sunday = |month: u32| {
        let last = NaiveDate::from_ymd_opt(moment.0.year(), month, 31).unwrap();
        let sunday = last - Days::new(u64::from(last.weekday().num_days_from_sunday()));
        sunday.and_hms_opt(1, 0, 0).unwrap()
    };
    let utc = moment.0.naive_utc();
    let summer = last_sunday(3) <= utc && utc < last_sunday(10);
    (utc + chrono::TimeDelta::hours(i64::from(summer))).date()
}

/// Something that is dated by one day and was published here at a moment.
#[derive(Clone, Copy)]
pub struct Dated {
    pub on: NaiveDate,
    pub here: Ts,
}

impl Dated {
    pub fn counts(&self, moment: Ts) -> bool {
        self.here <= moment && self.on <= london(moment)
    }
}

/// An answer, and the day by which it promises the action.
struct Response {
    dated: Dated,
    action_by: Option<NaiveDate>,
}

/// What the force has reported: each entry with whether it says that the work is complete.
struct Reported {
    here: Ts,
    entries: Vec<(NaiveDate, bool)>,
}

/// The history of one report with one recommendation.
struct History {
    published_on: NaiveDate,
    here: Ts,
    respond_by: Option<NaiveDate>,
    act_by: Option<NaiveDate>,
    /// Of different days.
    responses: Vec<Response>,
    progress: Option<Reported>,
    /// Findings, several of which can be of one day.
    findings: Vec<(Dated, &'static str)>,
    closed_on: Option<NaiveDate>,
}

/// Since when the record claims to be complete, of answers and of progress.
#[derive(Clone, Copy)]
struct Covered {
    response: NaiveDate,
    progress: NaiveDate,
}

/// The model: what a clock is, in the order of the words of the design.
pub fn expected(
    met: Option<NaiveDate>,
    due: NaiveDate,
    covered: NaiveDate,
    today: NaiveDate,
    open: bool,
) -> Value {
    match met {
        Some(day) if day > due => json!(["met_late", (day - due).num_days()]),
        Some(_) => json!(["met", null]),
        None if due < covered => json!(["not_on_record", null]),
        None if today <= due => json!(["running", (due - today).num_days()]),
        None if !open => json!(["not_public", null]),
        None => json!(["overdue", (today - due).num_days()]),
    }
}

impl History {
    fn random(numbers: &mut Numbers) -> History {
        // Half of them are about days to come.
        let published_on = numbers.day() + Days::new(1_300 * numbers.below(2));
        let here = numbers.moment_from(at("2023-01-01T00:00:00Z"));
        // Days that differ, in any order.
        let days = |numbers: &mut Numbers, from: NaiveDate, most: u64| {
            let mut days: Vec<NaiveDate> =
                (0..numbers.below(most)).map(|_| from + Days::new(numbers.below(120))).collect();
            days.sort_unstable();
            days.dedup();
            days
        };
        let responses = days(numbers, published_on, 3).into_iter().map(|on| Response {
            dated: Dated { on, here: numbers.moment_from(here) },
            action_by: (numbers.below(3) > 0).then(|| on + Days::new(numbers.below(60))),
        });
        let responses = responses.collect();
        let entries = days(numbers, published_on, 4).into_iter().map(|on| (on, numbers.below(3) > 0));
        let entries: Vec<(NaiveDate, bool)> = entries.collect();
        let progress = (!entries.is_empty()).then(|| Reported { here: numbers.moment_from(here), entries });
        let findings = progress.as_ref().map_or(vec![], |progress| {
            let mut all = vec![];
            for _ in 0..numbers.below(4) {
                let on = progress.entries[0].0 + Days::new(30 * numbers.below(5));
                let finding =
                    ["verified", "partly", "not_verified"][usize::try_from(numbers.below(3)).unwrap()];
                all.push((Dated { on, here: numbers.moment_from(progress.here) }, finding));
            }
            all
        });
        let respond_by = (numbers.below(5) > 0).then(|| published_on + Days::new(numbers.below(60)));
        let act_by = (numbers.below(2) > 0).then(|| published_on + Days::new(numbers.below(100)));
        let closed_on = (numbers.below(4) == 0).then(|| published_on + Days::new(numbers.below(300)));
        History { published_on, here, respond_by, act_by, responses, progress, findings, closed_on }
    }

    /// The states of the three clocks at a moment, each where there is one; `party` says whether the reader is concerned.
    fn states(&self, moment: Ts, covered: Covered, party: bool) -> [Option<Value>; 3] {
        if self.here > moment {
            return [None, None, None];
        }
        let today = london(moment);
        let counted: Vec<&Response> = self.responses.iter().filter(|one| one.dated.counts(moment)).collect();
        let answered = counted.iter().map(|one| one.dated.on).min();
        let last = counted.iter().max_by_key(|one| one.dated.on);
        let done = self.done(moment);
        // 56 days of which the first is that of the publication.
        let comments = self.published_on + Days::new(55);
        // Once it is closed, only what was met is left.
        let is_left =
            |met: Option<NaiveDate>| met.is_some() || self.closed_on.is_none_or(|closed| today < closed);
        let left = |met, due: Option<NaiveDate>, covered| {
            due.filter(|_| is_left(met)).map(|due| expected(met, due, covered, today, party))
        };
        let act_by = self.act_by.or(last.and_then(|last| last.action_by));
        [
            Some(expected(answered, comments, covered.response, today, true)),
            left(answered, self.respond_by, covered.response),
            left(done, act_by, covered.progress),
        ]
    }

    /// The day of the last entry, if it says that the work is complete and nobody has found since that it is not; who then finds
    /// on a later day that it is restores it, and who finds that it is in part does not.
    fn done(&self, moment: Ts) -> Option<NaiveDate> {
        let progress = self.progress.as_ref().filter(|progress| progress.here <= moment)?;
        let today = london(moment);
        let (on, complete) = progress.entries.iter().rev().find(|(on, _)| *on <= today)?;
        let last = |finding: &str| {
            let since = self.findings.iter().filter(|(found, _)| found.counts(moment) && found.on >= *on);
            since.filter(|(_, what)| *what == finding).map(|(found, _)| found.on).max()
        };
        let refuted =
            last("not_verified").is_some_and(|day| last("verified").is_none_or(|again| again <= day));
        (*complete && !refuted).then_some(*on)
    }
}

pub fn import(app: &TestApp, kind: &str, lines: Vec<Value>) {
    let n = app.state.kinds.iter().position(|one| one.def.name == kind).unwrap();
    let path = app.state.kind(kind).unwrap().def.path;
    app.import(Bundle::of_records(n, path, lines)).unwrap_or_else(|problem| panic!("{:#?}", problem.errors));
}

pub fn line(reference: String, here: Ts, fields: Value) -> Value {
    let mut line = json!({"reference": reference, "body": "derbyshire-pcc", "owner": "opcc-derbyshire", "published_at": here});
    line.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    line
}

fn load(app: &TestApp, histories: &[History]) {
    let [mut reports, mut recommendations, mut responses, mut progress, mut verifications] =
        std::array::from_fn(|_| vec![]);
    for (n, one) in histories.iter().enumerate() {
        let (report, recommendation) = (format!("derbyshire-pcc:H-{n}"), format!("derbyshire-pcc:H-{n}"));
        reports.push(line(
            format!("H-{n}"),
            one.here,
            json!({
                "title": "A report", "report_kind": "inspection", "made_by": "hmicfrs", "national": false,
                "published_on": one.published_on, "duty": "police_act_s55", "doc": {"title": "A report"},
            }),
        ));
        let mut fields = json!({
            "report": report, "made_by": "hmicfrs", "number": "1", "rec_kind": "recommendation", "wording": "Do it.",
            "wording_kind": "paraphrase", "addressed_to": ["derbyshire-constabulary"], "closing": "open",
            "respond_by": one.respond_by, "act_by": one.act_by,
        });
        if let Some(day) = one.closed_on {
            (fields["closing"], fields["closed_on"]) = (json!("implemented"), json!(day));
            fields["closed_why"] = json!("It was done.");
            fields["closed_source"] = json!("hmicfrs-child-protection-2022");
        }
        recommendations.push(line(format!("H-{n}"), one.here, fields));
        for (m, Response { dated, action_by }) in one.responses.iter().enumerate() {
            responses.push(line(format!("H-{n}-{m}"), dated.here, json!({
                "report": report, "title": "A response", "responded_on": dated.on, "comments": "We answer.",
                "answers": [{
                    "recommendation": recommendation, "position": "accepted", "action": "We will.", "action_by": action_by,
                }],
            })));
        }
        if let Some(Reported { here, entries }) = &one.progress {
            let status = |complete: bool| if complete { "complete" } else { "in_progress" };
            let entry = |(on, complete): &(NaiveDate, bool)| json!({"on": on, "status": status(*complete), "summary": "Work."});
            let all: Vec<Value> = entries.iter().map(entry).collect();
            progress.push(line(
                format!("H-{n}"),
                *here,
                json!({
                    "title": "Work", "recommendation": recommendation, "by": "derbyshire-constabulary",
                    "status": status(entries[entries.len() - 1].1), "entries": all,
                }),
            ));
        }
        for (m, (finding, what)) in one.findings.iter().enumerate() {
            verifications.push(line(format!("H-{n}-{m}"), finding.here, json!({
                "progress": format!("derbyshire-pcc:H-{n}"), "verified_by": "opcc-derbyshire", "on": finding.on,
                "finding": what, "basis": "A sample.",
            })));
        }
    }
    for (kind, lines) in [
        ("report", reports),
        ("recommendation", recommendations),
        ("response", responses),
        ("progress", progress),
        ("verification", verifications),
    ] {
        import(app, kind, lines);
    }
}

/// Who reads, and when: the public at so many moments of the past, which `as_of` gives, then the office as time goes on. What is past
/// is shown as it was public.
pub fn readings(numbers: &mut Numbers, moments: usize) -> Vec<(Option<&'static str>, Ts)> {
    let past = |numbers: &mut Numbers| {
        let moment = numbers.moment_from(at("2023-01-01T00:00:00Z"));
        (None, moment.plus_seconds(i64::try_from(numbers.below(600)).unwrap() * 86_400))
    };
    let mut all: Vec<_> = (0..moments).map(|_| past(numbers)).collect();
    let mut later: Vec<i64> = (0..moments).map(|_| i64::try_from(numbers.below(600)).unwrap()).collect();
    later.sort_unstable();
    let now = at("2026-11-01T11:30:00Z");
    all.extend(later.into_iter().map(|day| (Some("editor"), now.plus_seconds(day * 86_400))));
    all
}

/// The clocks of a kind as a reader sees them at a moment.
pub async fn read_clocks(app: &TestApp, reader: Option<&str>, moment: Ts, kind: &str) -> Vec<Value> {
    let as_of = if reader.is_none() { format!("&as_of={moment}") } else { String::new() };
    if reader.is_some() {
        app.set_time(&moment.to_string());
    }
    let answer = app.get(reader, &format!("/v1/clocks?kind={kind}{as_of}")).await.expect(200).json();
    assert_eq!(answer["truncated"], false);
    answer["data"].as_array().unwrap().clone()
}

/// An answer has 500 clocks at most: a history has two of recommendations.
const HISTORIES: usize = 150;

/// `tests/run --full` compares ten thousand histories.
#[actix_web::test]
async fn at_any_moment_a_clock_is_as_the_model_says() {
    const MOMENTS: usize = 2;
    let least = if std::env::var("TEST_FULL").as_deref() == Ok("1") { 10_000 } else { HISTORIES };
    let mut numbers = Numbers(20_260_917);
    let (mut histories, mut compared, mut states) = (0, 0, std::collections::BTreeMap::new());
    while histories < least {
        let (more, seen) = compare(&mut numbers, MOMENTS).await;
        histories += HISTORIES;
        compared += more;
        for (state, count) in seen {
            *states.entry(state).or_insert(0) += count;
        }
        println!("{histories} histories, {compared} clocks compared: {states:?}");
    }
    assert!(compared >= histories * 3 * MOMENTS * 2);
    assert_eq!(states.len(), 6, "every state of a clock that has a day occurs: {states:?}");
}

/// Compares the clocks of new histories with the model at so many moments: how many, and in which states they were.
async fn compare(
    numbers: &mut Numbers,
    moments: usize,
) -> (usize, std::collections::BTreeMap<String, usize>) {
    let histories: Vec<History> = (0..HISTORIES).map(|_| History::random(numbers)).collect();
    let app = TestApp::new().await;
    load(&app, &histories);
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let covered = Covered { response: day("2023-06-01"), progress: day("2023-09-01") };
    let coverage = json!([
        {"kind": "response", "from": covered.response}, {"kind": "progress", "from": covered.progress},
    ]);
    app.patch("admin", "/v1/bodies/derbyshire-pcc", json!({"coverage": coverage})).await.expect(200);
    let (mut compared, mut seen) = (0, std::collections::BTreeMap::<String, usize>::new());
    for (reader, moment) in readings(numbers, moments) {
        let mut shown = std::collections::HashMap::new();
        for kind in ["report", "recommendation"] {
            for clock in read_clocks(&app, reader, moment, kind).await {
                let key =
                    format!("{} {}", clock["record"].as_str().unwrap(), clock["clock"].as_str().unwrap());
                let state = json!([clock["state"], clock["days"]]);
                assert!(shown.insert(key, state).is_none(), "twice: {clock}");
            }
        }
        for (n, history) in histories.iter().enumerate() {
            let states = history.states(moment, covered, reader.is_some());
            for (m, name) in ["s55_comments", "respond_by", "act_by"].iter().enumerate() {
                let expected = states[m].clone();
                let found = shown.get(&format!("derbyshire-pcc:H-{n} {name}")).cloned();
                assert_eq!(found, expected, "{name} of history {n} at {moment} for {reader:?}");
                if let Some(state) = found {
                    *seen.entry(state[0].as_str().unwrap().to_owned()).or_default() += 1;
                }
                compared += 1;
            }
        }
    }
    (compared, seen)
}
