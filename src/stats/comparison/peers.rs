//! Comparisons with other areas: `peer_rank` and `peer_mean`.
//!
//! Counts are compared per 1,000 people. The mean of the rates gives each area the same weight (as His Majesty's
//! Inspectorate of Constabulary averaged forces); the pooled rate gives each person the same weight (as the inspectorate
//! weights today). Both are offered, with or without the area itself, and neither is the default.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use chrono::Datelike;

use super::difference::{Pair, Value, all_warnings, compare, side};
use super::level::{PER, counts, of_part_year, per_person, population_year};
use super::method::Method;
use super::reason::Reason;
use super::refusal::Refusal;
use super::result::{Comparison, Input, Options, Role, Rounding, Standing};
use super::time::usable;
use super::warning::Warning;
use super::window::pooled;
use crate::stats::fraction::Fraction;
use crate::stats::measure::{Measure, MeasureType, Polarity, Unit};
use crate::stats::period::Period;
use crate::stats::point::Point;
use crate::stats::words::capitalised;

/// An area with its value in the period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The code of the area.
    pub area: String,
    /// The cell of the area in this period, if there is one.
    pub point: Option<Point>,
    /// The population of the area, for a count.
    pub population: Option<Point>,
}

/// The area itself and those that it is compared with, in one period.
#[derive(Clone, Copy, Debug)]
pub struct Peers<'a> {
    pub measure: &'a Measure,
    pub period: Period,
    pub own: &'a Peer,
    pub others: &'a [Peer],
}

/// Which mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mean {
    /// The mean of the areas' rates: each area has the same weight.
    OfRates,
    /// All numerators by all denominators: each person has the same weight.
    Pooled,
}

impl Peers<'_> {
    fn check(&self) -> Result<(), Refusal> {
        self.measure.frequency.fits(self.period).map_err(Refusal::Period)?;
        if self.others.is_empty() {
            return Err(Refusal::NoPeers);
        }
        let mut areas: Vec<&str> = self.all().map(|peer| peer.area.as_str()).collect();
        areas.sort_unstable();
        match areas.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(Refusal::RepeatedArea(pair[0].to_owned())),
            None => Ok(()),
        }
    }

    fn all(&self) -> impl Iterator<Item = &Peer> {
        std::iter::once(self.own).chain(self.others)
    }

    fn inputs(&self) -> Vec<Input> {
        let mut inputs = vec![];
        for (n, peer) in self.all().enumerate() {
            let role = if n == 0 { Role::Current } else { Role::Peer };
            // An area without a cell is an input without a value: the receipt names it.
            let point = peer.point.unwrap_or_else(|| not_published(self.period));
            inputs.push(Input { role, area: Some(peer.area.clone()), point });
            let people = peer.population.map(|point| (Role::Population, point));
            inputs.extend(people.map(|(role, point)| Input { role, area: Some(peer.area.clone()), point }));
        }
        inputs
    }

    /// True if counts are to be divided by populations: any area has one.
    fn rates(&self) -> bool {
        counts(self.measure) && self.all().any(|peer| peer.population.is_some())
    }

    /// The warnings of rates: that the populations are those of another year than the figures, and that these are not a year's.
    fn of_rates(&self) -> Vec<Warning> {
        if !self.rates() {
            return vec![];
        }
        let year = population_year(self.period);
        let mut warnings = of_part_year(self.measure, self.period);
        if self.years_of_populations().iter().any(|known| *known != year) {
            warnings.push(Warning::PopulationOfAnotherYear);
        }
        warnings
    }

    fn years_of_populations(&self) -> BTreeSet<i32> {
        self.all().filter_map(|peer| Some(peer.population?.period.start.year())).collect()
    }

    /// What each rate was divided by: ` E23000018: 18,230 ÷ 1,053,316 people. Populations of 2018.`
    fn divisions(&self) -> String {
        if !self.rates() {
            return String::new();
        }
        let divisions = self.all().filter_map(|peer| {
            let (count, people) = (usable(peer.point.as_ref()).ok()?, people_of(peer).ok()?);
            let (count, people) = (count.all_in_words(0), people.all_in_words(0));
            Some(format!("{}: {count} ÷ {people} people", peer.area))
        });
        let divisions: Vec<String> = divisions.collect();
        let years: Vec<String> = self.years_of_populations().iter().map(i32::to_string).collect();
        format!(" {}. Populations of {}.", divisions.join("; "), years.join(", "))
    }

    fn unit(&self, rates: bool) -> Unit {
        if rates { Unit::Rate(PER) } else { self.measure.unit }
    }
}

impl Peer {
    /// The value, or its rate per 1,000 people.
    fn value(&self, rates: bool) -> Result<Fraction, Reason> {
        let value = usable(self.point.as_ref())?;
        if rates { per_person(&value, &people_of(self)?) } else { Ok(value) }
    }
}

fn not_published(period: Period) -> Point {
    let obs = crate::stats::status::ObsStatus::Missing;
    Point { value: None, obs, ..Point::of(period, crate::stats::decimal::Scaled::ZERO) }
}

fn people_of(peer: &Peer) -> Result<Fraction, Reason> {
    let people = peer.population.and_then(|point| point.usable().ok());
    people.map(Fraction::from).ok_or(Reason::NoPopulation)
}

/// The place of the area among the named areas. Rank 1 is the best; without a best, the highest. A hidden or missing
/// value of any area makes the rank null: it could be anywhere.
pub fn peer_rank(peers: &Peers<'_>) -> Result<Comparison, Refusal> {
    peers.check()?;
    let highest_first = peers.measure.polarity != Polarity::LowerIsBetter;
    let rates = peers.rates();
    let own = peers.own.value(rates);
    let others: Vec<(&str, Result<Fraction, Reason>)> =
        peers.others.iter().map(|peer| (peer.area.as_str(), peer.value(rates))).collect();
    let label = format!("{}, {}", peers.own.area, peers.period.words(peers.measure.frequency));
    let results = std::iter::once(&own).chain(others.iter().map(|(_, value)| value));
    let reason = results.filter_map(|value| value.as_ref().err().copied()).min();
    let values: Vec<(&str, Fraction)> =
        others.into_iter().filter_map(|(area, value)| Some((area, value.ok()?))).collect();
    let standing = match (&own, reason) {
        (Ok(own), None) => {
            let before = if highest_first { Ordering::Greater } else { Ordering::Less };
            let better = values.iter().filter(|(_, value)| value.cmp(own) == before).count();
            let sharing = 1 + values.iter().filter(|(_, value)| value == own).count();
            Ok(Standing::Rank { rank: better + 1, of: values.len() + 1, sharing, highest_first })
        }
        (Err(reason), None) => Err(*reason),
        (_, Some(reason)) => Err(reason),
    };
    let rounding = Rounding::of(peers.measure);
    let decimals = if rates { rounding.rates } else { rounding.values };
    let formula = match &standing {
        Ok(standing) => ranked(peers, &own, &values, standing, decimals),
        Err(reason) => format!("{label}: no rank. {reason}"),
    };
    let mut warnings = peers.of_rates();
    if counts(peers.measure) && !rates {
        warnings.push(Warning::CountsNotRates);
    }
    let inputs = peers.inputs();
    Ok(Comparison {
        method: Method::PeerRank,
        unit: peers.unit(rates),
        current: side(&Value { label, value: own, steps: None }, decimals),
        base: None,
        change: None,
        relative: None,
        favourable: None,
        standing: Some(standing),
        warnings: all_warnings(warnings, &inputs),
        inputs,
        formula,
        rounding,
    })
}

/// `Lowest first: E23000018 40.00 per 1,000, …: rank 2 of 4.`
fn ranked(
    peers: &Peers<'_>,
    own: &Result<Fraction, Reason>,
    values: &[(&str, Fraction)],
    standing: &Standing,
    decimals: u32,
) -> String {
    let Standing::Rank { rank, of, sharing, highest_first } = standing else { return String::new() };
    let own = own.iter().map(|value| (peers.own.area.as_str(), value));
    let mut all: Vec<(&str, &Fraction)> =
        own.chain(values.iter().map(|(area, value)| (*area, value))).collect();
    all.sort_by(|(area, value), (other_area, other)| {
        let order = if *highest_first { other.cmp(value) } else { value.cmp(other) };
        order.then(area.cmp(other_area))
    });
    let unit = peers.unit(peers.rates());
    let list: Vec<String> = all
        .iter()
        .map(|(area, value)| format!("{area} {}", unit.of(&value.all_in_words(decimals))))
        .collect();
    let direction = if *highest_first { "Highest" } else { "Lowest" };
    let shared = if *sharing > 1 { format!(", shared by {sharing} areas") } else { String::new() };
    format!(
        "{direction} first, {}: {}. {} has rank {rank} of {of}{shared}.{}",
        peers.period.words(peers.measure.frequency),
        list.join(", "),
        peers.own.area,
        peers.divisions()
    )
}

/// With the mean of the named areas.
pub fn peer_mean(
    peers: &Peers<'_>,
    mean: Mean,
    with_self: bool,
    options: &Options,
) -> Result<Comparison, Refusal> {
    peers.check()?;
    let measure = peers.measure;
    let included: Vec<&Peer> = if with_self { peers.all().collect() } else { peers.others.iter().collect() };
    // A count of areas of different size has no mean that says anything: it must be a rate.
    let rates = counts(measure);
    let own = peers.own.value(rates);
    let unit = peers.unit(rates);
    let rounding = Rounding::of(measure);
    let computed = match mean {
        Mean::OfRates => mean_of_rates(&included, rates, rounding.rates),
        Mean::Pooled => pooled_rate(&included, rates, measure),
    };
    let scope = if with_self { "with" } else { "without" };
    let which = match mean {
        Mean::OfRates => "mean of the rates",
        Mean::Pooled => "pooled rate",
    };
    let label = format!("the {which} of {} areas, {scope} {} itself", included.len(), peers.own.area);
    let (value, steps) = match computed {
        Ok((value, steps)) => {
            let divisions = if mean == Mean::OfRates { peers.divisions() } else { String::new() };
            (Ok(value), Some(format!("{}: {steps}.{divisions}", capitalised(&label))))
        }
        Err(reason) => (Err(reason), None),
    };
    let own_label = format!("{}, {}", peers.own.area, peers.period.words(measure.frequency));
    let current = Value { label: own_label, value: own, steps: None };
    let base = Value { label, value, steps };
    let mut warnings = peers.of_rates();
    if measure.measure_type == MeasureType::Percentile {
        warnings.push(Warning::MeanOfPercentiles);
    }
    let (method, decimals) = (Method::PeerMean, rounding.rates);
    let pair = Pair { method, measure, unit, options, current, base, broken: false, decimals };
    Ok(compare(pair, peers.inputs(), warnings))
}

/// The mean of the areas' rates, and that written out.
fn mean_of_rates(peers: &[&Peer], rates: bool, decimals: u32) -> Result<(Fraction, String), Reason> {
    let values: Vec<Result<Fraction, Reason>> = peers.iter().map(|peer| peer.value(rates)).collect();
    if let Some(reason) = values.iter().filter_map(|value| value.as_ref().err().copied()).min() {
        return Err(reason);
    }
    let values: Vec<Fraction> = values.into_iter().filter_map(Result::ok).collect();
    let count = i64::try_from(values.len()).unwrap_or(0);
    let sum: Fraction = values.iter().sum();
    let mean = sum.over(&Fraction::from(count)).ok_or(Reason::ZeroDenominator)?;
    let words: Vec<String> = values.iter().map(|value| value.all_in_words(decimals)).collect();
    let steps = format!("({}) ÷ {count} = {}", words.join(" + "), mean.all_in_words(decimals));
    Ok((mean, steps))
}

/// All numerators by all denominators, and that written out.
fn pooled_rate(peers: &[&Peer], rates: bool, measure: &Measure) -> Result<(Fraction, String), Reason> {
    let points: Vec<Result<Point, Reason>> = peers
        .iter()
        .map(|peer| {
            usable(peer.point.as_ref())?;
            let point = peer.point.ok_or(Reason::NotPublished)?;
            let people = peer.population.filter(|people| people.usable().is_ok());
            match people.and_then(|people| people.value) {
                None if rates => Err(Reason::NoPopulation),
                people if rates => Ok(Point { numerator: point.value, denominator: people, ..point }),
                _ => Ok(point),
            }
        })
        .collect();
    if let Some(gravest) = points.iter().filter_map(|point| point.as_ref().err()).min() {
        return Err(*gravest);
    }
    let points: Vec<Point> = points.into_iter().flatten().collect();
    let points: Vec<&Point> = points.iter().collect();
    let unit = if rates { Unit::Rate(PER) } else { measure.unit };
    pooled(&points, &Measure { unit, decimals: measure.decimals.max(2), ..*measure })
}
