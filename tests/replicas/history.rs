//! A checker of histories: random interleavings of writers, of readers at two processes, and of replicas that stop and go on.
//!
//! Each writer publishes one version of its record after the other, now at one process, now at the other. What a reader has
//! seen it must see again: of each record no earlier version, and no version without those that were acknowledged before the
//! publication of that version began. It holds for readers who stay at one process, and for those who send along the
//! position of their latest answer. One reader does neither: it shows that the checker finds what it looks for.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use futures_util::future::join_all;

use super::servers::Servers;
use super::{at_position, rename, theme_writer, until_up};
use crate::support::{Answer, TestApp, until_async};

const SEEDS: [u64; 3] = [20_261_130, 7, 4_242];
const RECORDS: usize = 3;
const VERSIONS: usize = 12;

/// Numbers that look random (xorshift).
struct Random(Cell<u64>);

impl Random {
    fn new(seed: u64, of: u64) -> Random {
        Random(Cell::new((seed * 1_000 + of).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1))
    }

    fn below(&self, end: u64) -> usize {
        let mut x = self.0.get();
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.0.set(x);
        usize::try_from(x % end).unwrap()
    }

    async fn pause(&self, most: u64) {
        actix_web::rt::time::sleep(Duration::from_millis(self.below(most + 1) as u64)).await;
    }
}

/// What was acknowledged, and what each version came after.
struct Story {
    addresses: Vec<String>,
    /// By record, the latest version that was acknowledged.
    acknowledged: RefCell<[usize; RECORDS]>,
    /// By record and version, what was acknowledged when its publication began.
    before: RefCell<[Vec<[usize; RECORDS]>; RECORDS]>,
    writing: Cell<usize>,
}

/// What a reader has seen: the earliest version of each record that it may see now.
#[derive(Clone, Copy, Default)]
struct Seen([usize; RECORDS]);

impl Story {
    /// Notes what a reader reads; what is wrong with it.
    fn read(&self, seen: &mut Seen, record: usize, version: usize) -> Option<String> {
        let wrong = (version < seen.0[record])
            .then(|| format!("record {record} is at {version}, after {}", seen.0[record]));
        let before = self.before.borrow()[record][version];
        for (least, before) in seen.0.iter_mut().zip(before) {
            *least = (*least).max(before);
        }
        seen.0[record] = seen.0[record].max(version);
        wrong
    }
}

fn version_of(answer: &Answer) -> usize {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["title"].as_str().unwrap().rsplit(' ').next().unwrap().parse().unwrap()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// At one process.
    Stays(usize),
    /// Now here, now there, with the position of the latest answer.
    Follows,
    /// Now here, now there, without.
    Forgets,
}

async fn reader(story: &Story, apps: &[&TestApp; 2], way: Way, random: Random) -> Vec<String> {
    let (mut seen, mut wrong, mut position) = (Seen::default(), vec![], None::<String>);
    while story.writing.get() > 0 {
        let record = random.below(RECORDS as u64);
        let app = match way {
            Way::Stays(at) => apps[at],
            Way::Follows | Way::Forgets => apps[random.below(2)],
        };
        let address = &story.addresses[record];
        let answer = match &position {
            Some(position) if way == Way::Follows => at_position(app, address, position).await,
            _ => app.get(None, address).await,
        };
        position = Some(answer.header("x-position").unwrap().to_owned());
        wrong.extend(story.read(&mut seen, record, version_of(&answer)));
        random.pause(4).await;
    }
    wrong
}

async fn writer(
    story: &Story,
    apps: &[&TestApp; 2],
    at: &[usize],
    record: usize,
    random: Random,
) -> Vec<String> {
    let mut wrong = vec![];
    for version in 1..=VERSIONS {
        let app = apps[at[random.below(at.len() as u64)]];
        let address = &story.addresses[record];
        let acknowledged = *story.acknowledged.borrow();
        story.before.borrow_mut()[record].push(acknowledged);
        rename(app, address, &format!("Version {version}")).await;
        story.acknowledged.borrow_mut()[record] = version;
        // Its own change: as the public at the same process, and by its credential at both.
        let found = version_of(&app.get(None, address).await);
        if found != version {
            wrong.push(format!(
                "record {record}: the public of the process that wrote {version} sees {found}"
            ));
        }
        let found = version_of(&apps[random.below(2)].get(Some(theme_writer(app)), address).await);
        if found != version {
            wrong.push(format!("record {record}: whoever wrote {version} reads {found}"));
        }
        random.pause(30).await;
    }
    story.writing.set(story.writing.get() - 1);
    wrong
}

/// Has the replicas stop and go on.
async fn chaos(story: &Story, servers: &Servers, all_stop: bool, random: Random) {
    if all_stop {
        servers.pause(1);
        servers.pause(2);
    }
    while all_stop && story.writing.get() > 0 {
        random.pause(20).await;
    }
    while story.writing.get() > 0 {
        let (replica, stops) = (1 + random.below(2), random.below(2) == 0);
        let statement = if stops { "SELECT pg_wal_replay_pause()" } else { "SELECT pg_wal_replay_resume()" };
        servers.on(replica, statement);
        random.pause(120).await;
    }
    servers.resume(1);
    servers.resume(2);
}

/// Who writes where, and who reads how.
struct Cast<'a> {
    writers_at: &'a [usize],
    ways: &'a [Way],
    /// Whether no replica goes on before the end.
    all_stop: bool,
}

/// Random histories, of which none may go back in time.
pub async fn random(servers: &Servers, apps: &[&TestApp; 2]) {
    let ways = [Way::Stays(0), Way::Stays(1), Way::Follows, Way::Follows];
    let cast = Cast { writers_at: &[0, 1], ways: &ways, all_stop: false };
    let before = from_replicas(apps);
    for seed in SEEDS {
        let wrong = history(servers, apps, seed, &cast).await;
        assert_eq!(wrong, Vec::<String>::new(), "seed {seed}");
    }
    let read = from_replicas(apps) - before;
    println!("histories of the seeds {SEEDS:?}: {read} reads from replicas");
    assert!(read > 200, "{read}");
    // The checker finds a reader who goes back.
    let wrong =
        history(servers, apps, SEEDS[0], &Cast { writers_at: &[0], ways: &[Way::Forgets], all_stop: true })
            .await;
    println!("who forgets what it has seen goes back {} times", wrong.len());
    assert!(!wrong.is_empty(), "nobody went back in time, not even who forgets what it has seen");
}

fn from_replicas(apps: &[&TestApp; 2]) -> u64 {
    apps.iter().map(|app| super::reads(app).replica).sum()
}

/// One history; what is wrong with it.
async fn history(servers: &Servers, apps: &[&TestApp; 2], seed: u64, cast: &Cast<'_>) -> Vec<String> {
    let mut addresses = vec![];
    for _ in 0..RECORDS {
        let address = apps[0].draft("theme").await;
        rename(apps[0], &address, "Version 0").await;
        addresses.push(address);
    }
    for app in apps {
        until_up(app, 2).await;
        // From here on each process has shown them.
        for address in &addresses {
            let shown = async || {
                let answer = app.get(None, address).await;
                answer.status == 200 && answer.json()["title"] == "Version 0"
            };
            until_async("the beginning shows", shown).await;
        }
    }
    let none = [0; RECORDS];
    let story = Story {
        addresses,
        acknowledged: RefCell::new(none),
        before: RefCell::new(std::array::from_fn(|_| vec![none])),
        writing: Cell::new(RECORDS),
    };
    let readers = cast.ways.iter().zip(0..).map(|(way, n)| reader(&story, apps, *way, Random::new(seed, n)));
    let writers =
        (0..RECORDS).map(|n| writer(&story, apps, cast.writers_at, n, Random::new(seed, 100 + n as u64)));
    let (read, wrote, ()) = futures_util::future::join3(
        join_all(readers),
        join_all(writers),
        chaos(&story, servers, cast.all_stop, Random::new(seed, 200)),
    )
    .await;
    for app in apps {
        until_up(app, 2).await;
    }
    [read.concat(), wrote.concat()].concat()
}
