//! The clocks of proposals and questions at any moment, against the same kind of model: random histories of precepts,
//! appointments, the Panel's decisions, revisions, responses and answers.

use std::collections::{BTreeMap, HashMap};

use chrono::{Days, NaiveDate};
use onrecord::clock::Ts;
use serde_json::{Value, json};

use crate::clocks_model::{Dated, Numbers, expected, import, line, london, read_clocks, readings};
use crate::support::{TestApp, at};

/// A decision of the Panel: when it was decided, published here and reported.
#[derive(Clone, Copy)]
struct Decided {
    decided: Dated,
    reported: Option<NaiveDate>,
}

impl Decided {
    fn random(numbers: &mut Numbers, from: NaiveDate, earliest: Ts) -> Decided {
        let on = from + Days::new(numbers.below(16));
        let reported = (numbers.below(4) > 0).then(|| on + Days::new(numbers.below(8)));
        Decided { decided: Dated { on, here: numbers.moment_from(earliest) }, reported }
    }

    /// The day of its report, or its own where none is stated.
    fn day(&self, moment: Ts) -> Option<NaiveDate> {
        let day = self.reported.unwrap_or(self.decided.on);
        (self.decided.counts(moment) && day <= london(moment)).then_some(day)
    }
}

struct Precept {
    year: i32,
    notified: Dated,
    decision: Option<(Decided, bool)>,
    revision: Option<Dated>,
    review: Option<Decided>,
    response: Option<Dated>,
}

struct Appointment {
    notified: Dated,
    decision: Option<Decided>,
}

struct Question {
    held_on: NaiveDate,
    /// What became of the meeting: none where it takes place.
    not_held: Option<&'static str>,
    answer_days: u64,
    here: Ts,
    answers: Vec<NaiveDate>,
}

/// Since when the record of each kind claims to be complete.
#[derive(Clone, Copy)]
struct Covered {
    proposal: NaiveDate,
    panel_decision: NaiveDate,
    response: NaiveDate,
}

const START: &str = "2023-01-01T00:00:00Z";

impl Precept {
    fn random(numbers: &mut Numbers) -> Precept {
        // Some are about days to come.
        let year = [2023, 2024, 2027, 2028][usize::try_from(numbers.below(4)).unwrap()];
        let on = NaiveDate::from_ymd_opt(year, 1, 2).unwrap() + Days::new(numbers.below(40));
        let notified = Dated { on, here: numbers.moment_from(at(START)) };
        let decision = (numbers.below(4) > 0)
            .then(|| (Decided::random(numbers, on, notified.here), numbers.below(4) > 0));
        let after = decision.map_or(notified, |(decision, _)| decision.decided);
        let revision = (decision.is_some_and(|(_, veto)| veto) && numbers.below(4) > 0).then(|| Dated {
            on: after.on + Days::new(numbers.below(20)),
            here: numbers.moment_from(after.here),
        });
        let review = revision
            .filter(|_| numbers.below(4) > 0)
            .map(|revision| Decided::random(numbers, revision.on, revision.here));
        let response = review.filter(|_| numbers.below(4) > 0).map(|review| Dated {
            on: review.decided.on + Days::new(numbers.below(10)),
            here: numbers.moment_from(review.decided.here),
        });
        Precept { year, notified, decision, revision, review, response }
    }

    fn states(&self, moment: Ts, covered: Covered, party: bool) -> BTreeMap<&'static str, Value> {
        if self.notified.here > moment {
            return BTreeMap::new();
        }
        let today = london(moment);
        let day = |month, day| NaiveDate::from_ymd_opt(self.year, month, day).unwrap();
        let state = |met, due, covered| expected(met, due, covered, today, party);
        let notified = (self.notified.on <= today).then_some(self.notified.on);
        let reported = self.decision.and_then(|(decision, _)| decision.day(moment));
        let mut all = BTreeMap::from([
            ("precept_notify", state(notified, day(2, 1), covered.proposal)),
            ("precept_report", state(reported, day(2, 8), covered.panel_decision)),
        ]);
        let stands = self.decision.is_some_and(|(decision, veto)| {
            // Where no day of the report is stated, the day of the decision is the first on which it can have been reported.
            veto && decision.day(moment).is_some_and(|known| known <= day(2, 8))
        });
        if stands {
            let revision = self.revision.filter(|revision| revision.counts(moment));
            let review = self.review.filter(|review| revision.is_some() && review.decided.counts(moment));
            let response = self.response.filter(|response| review.is_some() && response.counts(moment));
            let (revised, answered) = (revision.map(|one| one.on), response.map(|one| one.on));
            let reviewed = review.and_then(|review| review.day(moment));
            all.insert("precept_revise", state(revised, day(2, 15), covered.proposal));
            all.insert("precept_review", state(reviewed, day(2, 22), covered.panel_decision));
            all.insert("precept_answer", state(answered, day(3, 1), covered.response));
        }
        all
    }
}

impl Appointment {
    fn random(numbers: &mut Numbers) -> Appointment {
        let on = numbers.day() + Days::new(1_300 * numbers.below(2));
        let notified = Dated { on, here: numbers.moment_from(at(START)) };
        let decision = (numbers.below(3) > 0).then(|| Decided::random(numbers, notified.on, notified.here));
        Appointment { notified, decision }
    }

    fn states(&self, moment: Ts, covered: Covered, party: bool) -> BTreeMap<&'static str, Value> {
        if self.notified.here > moment {
            return BTreeMap::new();
        }
        let met = self.decision.and_then(|decision| decision.reported.and(decision.day(moment)));
        let due = self.notified.on + Days::new(20);
        BTreeMap::from([(
            "appointment_report",
            expected(met, due, covered.panel_decision, london(moment), party),
        )])
    }
}

impl Question {
    fn random(numbers: &mut Numbers) -> Question {
        let held_on = numbers.day() + Days::new(1_300 * numbers.below(2));
        let answers = (0..numbers.below(3)).map(|_| held_on + Days::new(numbers.below(60))).collect();
        let here = numbers.moment_from(at(START));
        let not_held = [None, None, None, Some("cancelled"), Some("postponed")];
        let not_held = not_held[usize::try_from(numbers.below(5)).unwrap()];
        Question { held_on, not_held, answer_days: 1 + numbers.below(40), here, answers }
    }

    fn states(&self, moment: Ts) -> BTreeMap<&'static str, Value> {
        if self.here > moment {
            return BTreeMap::new();
        }
        let today = london(moment);
        let met = self.answers.iter().copied().filter(|day| *day <= today).min();
        let due = self.held_on + Days::new(self.answer_days);
        let state = match (self.not_held, met) {
            (Some(_), Some(_)) => json!(["met", null]),
            (Some(_), None) => json!(["not_started", null]),
            (None, met) => expected(met, due, NaiveDate::MIN, today, true),
        };
        BTreeMap::from([("answer", state)])
    }
}

fn panels(reference: String, here: Ts, fields: Value) -> Value {
    let mut line = line(reference, here, fields);
    line["owner"] = json!("derbyshire-police-and-crime-panel");
    line
}

/// The fields of a decision of the Panel on a proposal.
fn on(proposal: &str, decision: &Decided, veto: bool) -> Value {
    let mut fields = json!({
        "on_proposal": proposal, "decided_on": decision.decided.on, "outcome": "supported", "text": "Decided.",
    });
    if let Some(reported) = decision.reported {
        fields["reported_on"] = json!(reported);
    }
    if veto {
        fields["outcome"] = json!("veto");
        fields["direction"] = json!("too_high");
        fields["vote"] = json!({"members": 15, "for": 10});
    }
    fields
}

fn load(app: &TestApp, precepts: &[Precept], appointments: &[Appointment], questions: &[Question]) {
    let name = |reference: &str| format!("derbyshire-pcc:{reference}");
    let gbp = |amount: &str| json!({"amount": amount, "currency": "GBP"});
    let (mut first, mut revisions, mut decisions, mut reviews, mut responses) =
        (vec![], vec![], vec![], vec![], vec![]);
    for (n, one) in precepts.iter().enumerate() {
        let (reference, revised) = (format!("M-{n}"), format!("M-{n}-R"));
        let fields = |on: NaiveDate, band_d: &str| {
            json!({
                "proposal_kind": "precept", "title": "A precept", "notified_on": on, "reasons": "Costs.",
                "precept": {"financial_year": format!("{}-04-01/P1Y", one.year), "band_d": gbp(band_d)},
            })
        };
        first.push(line(reference.clone(), one.notified.here, fields(one.notified.on, "300.00")));
        if let Some((decision, veto)) = &one.decision {
            let fields = on(&name(&reference), decision, *veto);
            decisions.push(panels(reference.clone(), decision.decided.here, fields));
        }
        if let Some(revision) = &one.revision {
            let mut fields = fields(revision.on, "290.00");
            fields["revises"] = json!(name(&reference));
            revisions.push(line(revised.clone(), revision.here, fields));
        }
        if let Some(review) = &one.review {
            reviews.push(panels(revised.clone(), review.decided.here, on(&name(&revised), review, false)));
        }
        if let Some(response) = &one.response {
            let fields = json!({"panel_decision": name(&revised), "title": "An answer", "responded_on": response.on, "comments": "We answer."});
            responses.push(line(revised, response.here, fields));
        }
    }
    for (n, one) in appointments.iter().enumerate() {
        let reference = format!("A-{n}");
        let appointment = json!({"office": "Chief Constable", "criteria": "As advertised.", "why": "They are met.", "terms": "Five years."});
        first.push(line(
            reference.clone(),
            one.notified.here,
            json!({
                "proposal_kind": "appointment", "title": "An appointment", "notified_on": one.notified.on,
                "reasons": "The office is vacant.", "appointment": appointment,
            }),
        ));
        if let Some(decision) = &one.decision {
            let fields = on(&name(&reference), decision, false);
            decisions.push(panels(reference, decision.decided.here, fields));
        }
    }
    let (mut meetings, mut put) = (vec![], vec![]);
    for (n, one) in questions.iter().enumerate() {
        let reference = format!("Q-{n}");
        meetings.push(line(reference.clone(), one.here, json!({
            "series": "other", "title": "A meeting", "held_on": one.held_on, "date_basis": "stated", "access": "public",
            "status": one.not_held.unwrap_or(if one.held_on > app.state.clock.now().day() { "scheduled" } else { "held" }),
            "minutes": {"state": "none"},
            "questions": {"close_on": one.held_on - Days::new(2), "answer_days": one.answer_days},
        })));
        let answer = |on: &NaiveDate| json!({"by": "opcc-derbyshire", "role": "Commissioner", "on": on, "text": "So.", "in_meeting": false});
        let answers: Vec<Value> = one.answers.iter().map(answer).collect();
        put.push(line(reference.clone(), one.here, json!({
            "meeting": name(&reference), "asked_by": "resident", "text": "Why?", "edited": false, "answers": answers, "taken": "yes",
        })));
    }
    for (kind, lines) in [
        ("proposal", first),
        ("panel_decision", decisions),
        ("proposal", revisions),
        ("panel_decision", reviews),
        ("response", responses),
        ("meeting", meetings),
        ("question", put),
    ] {
        import(app, kind, lines);
    }
}

#[actix_web::test]
async fn at_any_moment_the_clocks_of_the_panel_and_of_questions_are_as_the_model_says() {
    let full = std::env::var("TEST_FULL").as_deref() == Ok("1");
    let moments = if full { 35 } else { 3 };
    let mut numbers = Numbers(20_270_212);
    let precepts: Vec<Precept> = (0..70).map(|_| Precept::random(&mut numbers)).collect();
    let appointments: Vec<Appointment> = (0..60).map(|_| Appointment::random(&mut numbers)).collect();
    let questions: Vec<Question> = (0..150).map(|_| Question::random(&mut numbers)).collect();
    let app = TestApp::new().await;
    load(&app, &precepts, &appointments, &questions);
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let (proposal, panel_decision, response) = (day("2023-02-01"), day("2023-02-09"), day("2023-03-02"));
    let covered = Covered { proposal, panel_decision, response };
    let coverage = json!([
        {"kind": "proposal", "from": proposal}, {"kind": "panel_decision", "from": panel_decision},
        {"kind": "response", "from": response},
    ]);
    app.patch("admin", "/v1/bodies/derbyshire-pcc", json!({"coverage": coverage})).await.expect(200);
    let (mut compared, mut seen) = (0, BTreeMap::<String, usize>::new());
    for (reader, moment) in readings(&mut numbers, moments) {
        let mut shown: HashMap<String, BTreeMap<String, Value>> = HashMap::new();
        for kind in ["proposal", "question"] {
            for clock in read_clocks(&app, reader, moment, kind).await {
                let record =
                    clock["record"].as_str().unwrap().trim_start_matches("derbyshire-pcc:").to_owned();
                let name = clock["clock"].as_str().unwrap().to_owned();
                let state = json!([clock["state"], clock["days"]]);
                assert!(shown.entry(record).or_default().insert(name, state).is_none(), "twice: {clock}");
            }
        }
        let all = precepts
            .iter()
            .enumerate()
            .map(|(n, one)| (format!("M-{n}"), one.states(moment, covered, reader.is_some())));
        let all = all.chain(
            appointments
                .iter()
                .enumerate()
                .map(|(n, one)| (format!("A-{n}"), one.states(moment, covered, reader.is_some()))),
        );
        let all =
            all.chain(questions.iter().enumerate().map(|(n, one)| (format!("Q-{n}"), one.states(moment))));
        for (name, states) in all {
            let expected: BTreeMap<String, Value> =
                states.into_iter().map(|(clock, state)| (clock.to_owned(), state)).collect();
            for state in expected.values() {
                *seen.entry(state[0].as_str().unwrap().to_owned()).or_default() += 1;
            }
            compared += 1;
            assert_eq!(
                shown.remove(&name).unwrap_or_default(),
                expected,
                "{name} at {moment} for {reader:?}"
            );
        }
        assert!(shown.keys().all(|name| name.starts_with("PRECEPT-")), "{:?}", shown.keys());
    }
    println!("{compared} histories compared: {seen:?}");
    assert!(compared >= 280 * moments * 2);
    assert_eq!(seen.len(), 7, "every state but `no_date` occurs: {seen:?}");
}
