//! Revisions as intervals of publication time: what is answered, against a naive model; and many changes at once.

use std::collections::BTreeMap;

use diesel::RunQueryDsl;
use futures_util::future::{join, join_all};
use onrecord::clock::Ts;
use onrecord::store::{Count, Sql};
use serde_json::{Value, json};

use crate::releases::indicator;
use crate::support::{START, TestApp, at, whole_observations};

const DAY: i64 = 86_400;
const AREAS: [&str; 2] = ["E23000018", "E23000022"];
const MONTHS: usize = 3;
const ALL: &str = "/v1/observations?indicator=t-crime";

/// A cell: which area, which month.
type Key = (usize, usize);

/// What a release says of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Figure {
    value: Option<i64>,
    deleted: bool,
    /// A value that is missing because it was destroyed is not one that was said to be missing.
    missing: bool,
}

#[derive(Clone, Debug)]
struct Release {
    address: String,
    reference: String,
    cells: BTreeMap<Key, Figure>,
    first_published: Option<i64>,
    /// Since when its figures are public, or will be.
    from: Option<i64>,
    ended: Option<i64>,
    redacted: bool,
}

/// A revision of a cell.
#[derive(Clone, Debug)]
struct Revision {
    from: i64,
    until: Option<i64>,
    figure: Figure,
    number: i64,
    /// Whether it says what was not public before it.
    new: bool,
    /// The release: its reference, and since when it says nothing any more.
    release: String,
    ended: Option<i64>,
}

fn text(moment: i64) -> String {
    Ts::from_micros(moment * 1_000_000).unwrap().to_string()
}

fn key_of((area, _): Key) -> String {
    format!("t-crime.{}.burglary.P1M", AREAS[area])
}

/// Numbers that look like chance and are the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most
    }

    fn among(&mut self, places: &[usize]) -> Option<usize> {
        if places.is_empty() { None } else { Some(places[self.below(places.len())]) }
    }
}

struct World {
    app: TestApp,
    chance: Chance,
    now: i64,
    releases: Vec<Release>,
    steps: Vec<String>,
}

impl World {
    async fn new(seed: u64) -> World {
        let app = TestApp::new().await;
        indicator(&app).await;
        let now = at(START).micros() / 1_000_000;
        World { app, chance: Chance(seed), now, releases: vec![], steps: vec![] }
    }

    fn tell(&mut self, what: &str, release: usize) {
        let one = &self.releases[release];
        self.steps.push(format!(
            "{} {what} {} from {:?}: {:?}",
            text(self.now),
            one.reference,
            one.from.map(text),
            one.cells
        ));
    }

    /// The revisions of a cell in the order of their publication, those to come with them.
    fn revisions(&self, key: Key) -> Vec<Revision> {
        let mut having: Vec<&Release> =
            self.releases.iter().filter(|one| one.from.is_some() && one.cells.contains_key(&key)).collect();
        having.sort_by_key(|one| one.from);
        let mut revisions: Vec<Revision> = vec![];
        for (place, one) in having.iter().enumerate() {
            let from = one.from.unwrap();
            let mut figure = one.cells[&key];
            if one.redacted {
                figure.value = None;
            }
            let before = revisions.last();
            let new = before.is_none_or(|before| {
                before.figure != figure || before.ended.is_some_and(|ended| ended <= from)
            });
            revisions.push(Revision {
                from,
                until: having.get(place + 1).and_then(|next| next.from),
                figure,
                number: before.map_or(0, |before| before.number) + i64::from(new),
                new,
                release: format!("derbyshire-pcc:{}", one.reference),
                ended: one.ended,
            });
        }
        revisions
    }

    /// The keys of all cells.
    fn keys() -> Vec<Key> {
        (0..AREAS.len()).flat_map(|area| (0..MONTHS).map(move |month| (area, month))).collect()
    }

    /// How the figures of a release change what stands at a moment: inserted, revised, unchanged, deleted.
    fn counts(&self, release: usize, moment: i64) -> [i64; 4] {
        let mut counts = [0; 4];
        for (key, figure) in &self.releases[release].cells {
            let valid = self.revisions(*key).into_iter().rfind(|one| one.from <= moment);
            let stands = valid.filter(|one| !one.figure.deleted && one.ended.is_none());
            match (stands, figure.deleted) {
                (None, true) => {}
                (None, false) => counts[0] += 1,
                (Some(_), true) => counts[3] += 1,
                (Some(before), false) if before.figure == *figure => counts[2] += 1,
                (Some(_), false) => counts[1] += 1,
            }
        }
        counts
    }

    fn expected(&self, moment: i64, history: bool, after: Option<i64>) -> Vec<Value> {
        let mut lines = vec![];
        for key in World::keys() {
            let revisions = self.revisions(key);
            for one in &revisions {
                let valid = one.from <= moment && one.until.is_none_or(|until| until > moment);
                let chosen =
                    one.from <= moment && (history || valid && (after.is_some() || !one.figure.deleted));
                // Where only one of the revisions is told, what it repeats may not have been read.
                let says = |other: &Revision, after| {
                    other.new
                        && other.from > after
                        && (if history { other.from == one.from } else { other.from <= one.from })
                };
                let updated = after.is_none_or(|after| {
                    revisions.iter().any(|other| says(other, after))
                        || one.ended.is_some_and(|ended| ended > after)
                });
                if !(chosen && updated) {
                    continue;
                }
                let shown = one.ended.is_none();
                let has_value = shown && !one.figure.missing && !one.figure.deleted;
                let status = if has_value { "A" } else { "O" };
                lines.push(json!([
                    key_of(key),
                    format!("2020-{:02}", key.1 + 1),
                    if shown { one.figure.value.map(|value| value.to_string()) } else { None },
                    status,
                    one.number > 1,
                    one.figure.deleted,
                    one.release.clone(),
                    one.ended.map(text),
                    if history {
                        json!([
                            one.number,
                            text(one.from),
                            one.until.filter(|until| *until <= moment).map(text)
                        ])
                    } else {
                        Value::Null
                    },
                ]));
            }
        }
        lines
    }

    async fn found(&self, query: &str, history: bool) -> Vec<Value> {
        let answer = self.app.get(None, &format!("{ALL}{query}")).await.expect(200).json();
        let line = |cell: &Value| {
            json!([
                cell["series"],
                cell["TIME_PERIOD"],
                cell["value"],
                cell["OBS_STATUS"],
                cell["revised"],
                cell["deleted"] == true,
                cell["release"],
                cell["not_published"]["withdrawn_at"],
                if history {
                    json!([cell["revision"], cell["valid_from"], cell["valid_to"]])
                } else {
                    Value::Null
                },
            ])
        };
        let mut lines: Vec<Value> = whole_observations(&answer).iter().map(line).collect();
        // By key and not by number; the order within a series stays.
        lines.sort_by_key(|line| line[0].as_str().unwrap().to_owned());
        lines
    }

    /// Every answer, at every moment at which something changed, and just before it.
    async fn check(&self) {
        gapless(&self.app);
        let ends = self.releases.iter().flat_map(|one| [one.from, one.ended]).flatten();
        let mut moments: Vec<i64> =
            ends.flat_map(|moment| [moment - 1, moment]).filter(|moment| *moment <= self.now).collect();
        moments.push(self.now);
        moments.sort_unstable();
        moments.dedup();
        let steps = || self.steps.join("\n");
        for moment in &moments {
            let as_of = format!("&asOf={}", text(*moment));
            let expected = self.expected(*moment, false, None);
            assert_eq!(self.found(&as_of, false).await, expected, "{as_of}\n{}", steps());
            let after = format!("&updatedAfter={}", text(*moment));
            let expected = self.expected(self.now, false, Some(*moment));
            assert_eq!(self.found(&after, false).await, expected, "{after}\n{}", steps());
        }
        let middle = moments[moments.len() / 2];
        for moment in [middle, self.now] {
            let history = format!("&includeHistory=true&asOf={}", text(moment));
            assert_eq!(
                self.found(&history, true).await,
                self.expected(moment, true, None),
                "{history}\n{}",
                steps()
            );
            let after = format!("{history}&updatedAfter={}", text(middle));
            assert_eq!(
                self.found(&after, true).await,
                self.expected(moment, true, Some(middle)),
                "{after}\n{}",
                steps()
            );
        }
        assert_eq!(self.found("", false).await, self.expected(self.now, false, None), "{}", steps());
    }

    /// The places of the releases for which something holds.
    fn that(&self, holds: impl Fn(&Release) -> bool) -> Vec<usize> {
        (0..self.releases.len()).filter(|place| holds(&self.releases[*place])).collect()
    }

    fn figures(&mut self, most: usize) -> BTreeMap<Key, Figure> {
        let mut cells = BTreeMap::new();
        while cells.is_empty() {
            for key in World::keys() {
                let figure = match self.chance.below(most) {
                    0 => Figure { value: None, deleted: true, missing: false },
                    1 => Figure { value: None, deleted: false, missing: true },
                    2..=6 => Figure {
                        value: Some(i64::try_from(self.chance.below(2)).unwrap() + 7),
                        deleted: false,
                        missing: false,
                    },
                    _ => continue,
                };
                cells.insert(key, figure);
            }
        }
        cells
    }

    /// A draft with figures: of the past where it is given a moment.
    async fn put_observations(&mut self, first_published: Option<i64>) -> usize {
        let place = self.releases.len();
        let reference = format!("REL-{place}");
        let mut body =
            json!({"reference": reference, "title": reference, "indicator": "derbyshire-pcc:IND-T"});
        if let Some(first) = first_published {
            body["first_published"] = json!(text(first));
        }
        let made = self.app.post("force_analyst", "/v1/releases", body).await.expect(201);
        let address = made.header("location").unwrap().to_owned();
        let cells = self.figures(9);
        let mut rows = "AREA,OFFENCE,TIME_PERIOD,value,OBS_STATUS,ACTION\n".to_owned();
        for ((area, month), figure) in &cells {
            let value = figure.value.map(|value| value.to_string()).unwrap_or_default();
            let rest = match (figure.deleted, figure.missing) {
                (true, _) => ",D",
                (_, true) => "O,",
                _ => "A,",
            };
            rows.push_str(&format!("{},burglary,2020-{:02},{value},{rest}\n", AREAS[*area], month + 1));
        }
        let outcome = self.app.put_observations("force_analyst", &address, &rows).await.expect(200).json();
        self.releases.push(Release {
            address,
            reference,
            cells,
            first_published,
            from: None,
            ended: None,
            redacted: false,
        });
        let names =
            ["inserted", "revised", "unchanged", "deleted"].map(|name| outcome[name].as_i64().unwrap());
        assert_eq!(
            names,
            self.counts(place, first_published.unwrap_or(self.now)),
            "{rows}\n{}",
            self.steps.join("\n")
        );
        place
    }

    async fn publish(&mut self, place: usize, publish_at: Option<i64>) {
        let one = self.releases[place].clone();
        let from = one.first_published.or(publish_at).unwrap_or(self.now);
        let conflicts = self.releases.iter().any(|other| {
            other.from == Some(from) && other.cells.keys().any(|key| one.cells.contains_key(key))
        });
        let counts = self.counts(place, from);
        let body = publish_at.map_or(json!({}), |moment| json!({"publish_at": text(moment)}));
        self.app.step("force_analyst", &one.address, "submit", json!({})).await.expect(200);
        let answer = self.app.step("publisher", &one.address, "publish", body).await;
        if conflicts {
            answer.problem(409);
            self.app.step("publisher", &one.address, "return", json!({"reason": "Taken."})).await.expect(200);
            return;
        }
        answer.expect(200);
        self.releases[place].from = Some(from);
        self.tell("publish", place);
        self.app.write(|conn| {
            for (name, expected) in ["inserted", "revised", "unchanged", "deleted"].into_iter().zip(counts) {
                let sql = Sql::new("SELECT f.").text(name).text(
                    " AS n FROM release_figures f JOIN record r ON r.id = f.record WHERE r.reference = ",
                );
                let found: Count = sql.bind(one.reference.as_str()).get_result(conn).unwrap();
                assert_eq!(found.n, expected, "{name} of {}\n{}", one.reference, self.steps.join("\n"));
            }
        });
    }

    async fn step(&mut self) {
        self.now += DAY;
        self.app.set_time(&text(self.now));
        let (now, chosen) = (self.now, self.chance.below(12));
        let minute = 60 * i64::try_from(self.releases.len()).unwrap();
        let drafts = self.that(|one| one.from.is_none() && one.ended.is_none());
        let scheduled = self.that(|one| one.from.is_some_and(|from| from > now));
        let public = self.that(|one| one.from.is_some_and(|from| from <= now) && one.ended.is_none());
        let later = now + DAY * (1 + i64::try_from(self.chance.below(5)).unwrap()) + 3_600 + minute;
        match chosen {
            0..=3 => {
                // Now and then at the very moment of another.
                let others = self.that(|one| one.from.is_some_and(|from| from <= now));
                let first = match (self.chance.below(5), self.chance.among(&others)) {
                    (0, Some(other)) => self.releases[other].from.unwrap(),
                    _ => {
                        at("2020-06-01T09:00:00Z").micros() / 1_000_000
                            + DAY * i64::try_from(self.chance.below(2_000)).unwrap()
                            + minute
                    }
                };
                let place = self.put_observations(Some(first)).await;
                self.publish(place, None).await;
            }
            4 => {
                let place = self.put_observations(None).await;
                self.publish(place, None).await;
            }
            5 | 6 => {
                let place = self.put_observations(None).await;
                self.publish(place, Some(later)).await;
            }
            7 => {
                if let Some(place) = self.chance.among(&drafts) {
                    let publish_at =
                        (self.releases[place].first_published.is_none() && now % 2 == 0).then_some(later);
                    self.publish(place, publish_at).await;
                }
            }
            8 => {
                if let Some(place) = self.chance.among(&scheduled) {
                    let address = self.releases[place].address.clone();
                    self.app
                        .step("publisher", &address, "return", json!({"reason": "Not yet."}))
                        .await
                        .expect(200);
                    self.releases[place].from = None;
                    self.tell("recall", place);
                }
            }
            9 | 10 => {
                if let Some(place) = self.chance.among(&public) {
                    let address = self.releases[place].address.clone();
                    self.app
                        .step("publisher2", &address, "withdraw", json!({"reason": "Wrong."}))
                        .await
                        .expect(200);
                    self.releases[place].ended = Some(now);
                    self.tell("withdraw", place);
                }
            }
            _ => {
                let any = self.that(|one| !one.redacted);
                if let Some(place) = self.chance.among(&any) {
                    let one = &mut self.releases[place];
                    let path = format!("{}/redact", one.address);
                    one.redacted = true;
                    one.ended = one.ended.or(Some(now));
                    one.from = one.from.filter(|from| *from <= now);
                    self.tell("redact", place);
                    self.app
                        .post("data_protection", &path, json!({"reason": "It named a victim."}))
                        .await
                        .expect(200);
                }
            }
        }
        self.check().await;
    }
}

/// The revisions of each cell follow one another: none overlap, and none leave a gap.
fn gapless(app: &TestApp) {
    app.write(|conn| {
        let odd: Count = Sql::new(
            "SELECT count(*) AS n FROM (SELECT valid_to, lead(valid_from) OVER (PARTITION BY measure, series, starts, ends
             ORDER BY valid_from) AS next FROM observation) o WHERE o.valid_to IS DISTINCT FROM o.next",
        )
        .get_result(conn)
        .unwrap();
        assert_eq!(odd.n, 0, "intervals overlap or leave a gap");
    });
}

async fn as_the_model_says(seed: u64) {
    let mut world = World::new(seed).await;
    // From the first publication on the indicator's figures can be asked for.
    let first = world.put_observations(Some(at("2020-05-01T09:00:00Z").micros() / 1_000_000)).await;
    world.publish(first, None).await;
    world.check().await;
    for _ in 0..40 {
        world.step().await;
    }
    for context in ["publish", "recall", "withdraw", "redact"] {
        assert!(world.steps.iter().any(|line| line.contains(context)), "no {context} in {seed}");
    }
}

#[actix_web::test]
async fn what_is_answered_is_what_a_list_of_releases_says() {
    as_the_model_says(1).await;
}

#[actix_web::test]
async fn what_is_answered_is_what_another_list_of_releases_says() {
    as_the_model_says(7).await;
    as_the_model_says(2026).await;
}

/// A release of the same cells as all others, with its observations.
async fn full(app: &TestApp, number: usize) -> String {
    let reference = format!("REL-{number}");
    let body = json!({
        "reference": reference, "title": reference, "indicator": "derbyshire-pcc:IND-T",
        "first_published": format!("2020-01-{:02}T09:00:00Z", number + 1),
    });
    app.post("force_analyst", "/v1/releases", body).await.expect(201).header("location").unwrap().to_owned()
}

fn full_rows(number: usize) -> String {
    let mut rows = "AREA,OFFENCE,TIME_PERIOD,value\n".to_owned();
    for area in AREAS {
        for month in 1..=12 {
            rows.push_str(&format!("{area},burglary,2019-{month:02},{number}\n"));
        }
    }
    rows
}

#[actix_web::test]
async fn many_at_once_leave_no_gap_and_wait_for_one_another() {
    let app = TestApp::new().await;
    indicator(&app).await;
    let mut drafts = vec![];
    for number in 0..12 {
        drafts.push(full(&app, number).await);
    }
    // Twelve that upload the first observations of an indicator.
    let submitted =
        join_all(drafts.iter().enumerate().map(async |(number, draft)| {
            app.put_observations("force_analyst", draft, &full_rows(number)).await
        }));
    for answer in submitted.await {
        answer.expect(200);
    }
    for draft in &drafts {
        app.step("force_analyst", draft, "submit", json!({})).await.expect(200);
    }
    // Four of them published at once, in whatever order, four times over; the last beside withdrawals.
    for (round, some) in drafts.chunks(4).enumerate() {
        let published = join_all(some.iter().map(|draft| app.step("publisher", draft, "publish", json!({}))));
        let withdrawn = join_all(
            drafts
                .iter()
                .take(2 * round)
                .skip(round)
                .map(|draft| app.step("publisher2", draft, "withdraw", json!({"reason": "Wrong."}))),
        );
        let (published, withdrawn) = join(published, withdrawn).await;
        for answer in published.into_iter().chain(withdrawn) {
            answer.expect(200);
        }
        gapless(&app);
    }
    let one = format!("{ALL}&includeHistory=true&c[AREA]=E23000018&startPeriod=2019-03&endPeriod=2019-03");
    let history = app.get(None, &one).await.expect(200).json();
    let revisions = whole_observations(&history);
    assert_eq!(revisions.len(), 12);
    for (number, revision) in revisions.iter().enumerate() {
        assert_eq!(revision["release"], format!("derbyshire-pcc:REL-{number}"));
        assert_eq!(revision["revision"], json!(number + 1));
    }
}
