//! Clocks at any moment, against a model of its own: random histories of reports, recommendations, answers, progress and
//! verifications, each published here at some moment and dated by some day, seen at random moments.

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

/// The history of one report with one recommendation.
struct History {
    published_on: NaiveDate,
    here: Ts,
    respond_by: NaiveDate,
    act_by: NaiveDate,
    responses: Vec<Dated>,
    /// The day on which the force claims to have done it.
    claim: Option<Dated>,
    /// A finding, and whether it says that it is not so.
    finding: Option<(Dated, bool)>,
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
        let published_on = numbers.day();
        let here = numbers.moment_from(at("2023-01-01T00:00:00Z"));
        let dated = |numbers: &mut Numbers, earliest| Dated {
            on: published_on + Days::new(numbers.below(120)),
            here: numbers.moment_from(earliest),
        };
        let responses = (0..numbers.below(3)).map(|_| dated(numbers, here)).collect();
        let claim = (numbers.below(2) == 0).then(|| dated(numbers, here));
        let finding = claim.filter(|_| numbers.below(2) == 0).map(|claim| {
            let on = claim.on + Days::new(numbers.below(20)) - Days::new(5);
            (Dated { on, here: numbers.moment_from(claim.here) }, numbers.below(2) == 0)
        });
        let respond_by = published_on + Days::new(numbers.below(60));
        let act_by = published_on + Days::new(numbers.below(100));
        History { published_on, here, respond_by, act_by, responses, claim, finding }
    }

    /// The states of the three clocks at a moment; none while it is not public.
    fn states(&self, moment: Ts, covered: NaiveDate) -> Option<[Value; 3]> {
        if self.here > moment {
            return None;
        }
        let today = london(moment);
        let answered = self.responses.iter().filter(|one| one.counts(moment)).map(|one| one.on).min();
        let refuted = |claim: &Dated| {
            self.finding
                .is_some_and(|(found, refutes)| refutes && found.counts(moment) && found.on >= claim.on)
        };
        let done = self.claim.filter(|claim| claim.counts(moment) && !refuted(claim)).map(|claim| claim.on);
        // 56 days of which the first is that of the publication.
        let comments = self.published_on + Days::new(55);
        Some([
            expected(answered, comments, covered, today, true),
            expected(answered, self.respond_by, covered, today, false),
            expected(done, self.act_by, covered, today, false),
        ])
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
        recommendations.push(line(format!("H-{n}"), one.here, json!({
            "report": report, "made_by": "hmicfrs", "number": "1", "rec_kind": "recommendation", "wording": "Do it.",
            "wording_kind": "paraphrase", "addressed_to": ["derbyshire-constabulary"], "closing": "open",
            "respond_by": one.respond_by, "act_by": one.act_by,
        })));
        for (m, response) in one.responses.iter().enumerate() {
            responses.push(line(format!("H-{n}-{m}"), response.here, json!({
                "report": report, "title": "A response", "responded_on": response.on, "comments": "We answer.",
                "answers": [{"recommendation": recommendation, "position": "accepted", "action": "We will."}],
            })));
        }
        if let Some(claim) = &one.claim {
            progress.push(line(format!("H-{n}"), claim.here, json!({
                "title": "Work", "recommendation": recommendation, "by": "derbyshire-constabulary", "status": "complete",
                "entries": [{"on": claim.on, "status": "complete", "summary": "Done."}],
            })));
        }
        if let Some((finding, refutes)) = &one.finding {
            verifications.push(line(format!("H-{n}"), finding.here, json!({
                "progress": format!("derbyshire-pcc:H-{n}"), "verified_by": "opcc-derbyshire", "on": finding.on,
                "finding": if *refutes { "not_verified" } else { "verified" }, "basis": "A sample.",
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

/// An answer has 500 clocks at most: a history has two of recommendations.
const HISTORIES: usize = 150;

/// `tests/run --full` compares ten thousand histories.
#[actix_web::test]
async fn at_any_moment_a_clock_is_as_the_model_says() {
    const MOMENTS: usize = 4;
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
    assert!(compared >= histories * 3 * MOMENTS);
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
    let covered: NaiveDate = "2023-06-01".parse().unwrap();
    let coverage = json!([{"kind": "response", "from": covered}, {"kind": "progress", "from": covered}]);
    app.patch("admin", "/v1/bodies/derbyshire-pcc", json!({"coverage": coverage})).await.expect(200);
    let (mut compared, mut seen) = (0, std::collections::BTreeMap::<String, usize>::new());
    for _ in 0..moments {
        let moment = numbers.moment_from(at("2023-01-01T00:00:00Z"));
        let moment = moment.plus_seconds(i64::try_from(numbers.below(600)).unwrap() * 86_400);
        let mut shown = std::collections::HashMap::new();
        for kind in ["report", "recommendation"] {
            let path = format!("/v1/clocks?kind={kind}&as_of={moment}");
            let answer = app.get(None, &path).await.expect(200).json();
            assert_eq!(answer["truncated"], false);
            for clock in answer["data"].as_array().unwrap() {
                let key =
                    format!("{} {}", clock["record"].as_str().unwrap(), clock["clock"].as_str().unwrap());
                assert!(
                    shown.insert(key, json!([clock["state"], clock["days"]])).is_none(),
                    "twice: {clock}"
                );
            }
        }
        for (n, history) in histories.iter().enumerate() {
            let states = history.states(moment, covered);
            for (m, name) in ["s55_comments", "respond_by", "act_by"].iter().enumerate() {
                let expected = states.as_ref().map(|states| states[m].clone());
                let found = shown.get(&format!("derbyshire-pcc:H-{n} {name}")).cloned();
                assert_eq!(found, expected, "{name} of history {n} at {moment}");
                if let Some(state) = found {
                    *seen.entry(state[0].as_str().unwrap().to_owned()).or_default() += 1;
                }
                compared += 1;
            }
        }
    }
    (compared, seen)
}
