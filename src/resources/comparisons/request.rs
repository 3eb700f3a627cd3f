//! A request for comparisons.

use super::parameters::{self, LOW_BASE, SIBLINGS};
use crate::clock::Ts;
use crate::http::csv::Audience;
use crate::http::{Call, kinds};
use crate::problem::Problem;
use crate::resources::series::{self, Window};
use crate::stats::comparison::{Mean, Method, Options};
use crate::stats::decimal::Scaled;
use crate::stats::period::Period;

/// The areas to compare with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PeerAreas {
    Named(Vec<String>),
    Siblings,
}

/// Which periods to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Periods {
    /// The latest with a complete figure.
    Latest,
    One(Period),
    /// All in a window.
    Within(Window),
}

/// A request for comparisons, apart from the series.
pub struct ComparisonRequest {
    pub methods: Vec<Method>,
    pub periods: Periods,
    pub base: Option<Period>,
    pub peers: Option<PeerAreas>,
    pub with_self: bool,
    pub mean: Mean,
    pub options: Options,
    /// The moment of the figures.
    pub at: Ts,
    /// The moment that `asOf` names.
    pub as_of: Option<Ts>,
    /// What a CSV is read with; none for JSON.
    pub csv: Option<Audience>,
}

impl ComparisonRequest {
    /// Reads the parameters. The problem lists all faults.
    pub fn parse(call: &Call) -> Result<ComparisonRequest, Problem> {
        let params = &call.params;
        let mut faults = vec![];
        let methods: Vec<Method> =
            params.names("method").iter().filter_map(|(name, _)| Method::parse(name)).collect();
        parameters::check(call, &methods, &mut faults);
        let one = series::period(call, "period", &mut faults);
        let base = series::period(call, "base", &mut faults);
        let window = series::window(call, &mut faults);
        let as_of = call.past().unwrap_or_else(|fault| {
            faults.push(fault);
            None
        });
        if !faults.is_empty() {
            return Err(Problem::bad_request(faults));
        }
        let periods = match (one, window) {
            (Some(period), _) => Periods::One(period),
            (None, Window { start: None, end: None }) => Periods::Latest,
            (None, window) => Periods::Within(window),
        };
        let peers = params.text("peers").map(|text| match text {
            SIBLINGS => PeerAreas::Siblings,
            codes => PeerAreas::Named(codes.split(',').map(str::to_owned).collect()),
        });
        Ok(ComparisonRequest {
            methods,
            periods,
            base,
            peers,
            with_self: params.flag("self"),
            mean: if params.text("mean") == Some("pooled") { Mean::Pooled } else { Mean::OfRates },
            options: Options {
                across_break: params.flag("across_break"),
                low_base: params.int(LOW_BASE).map_or(Options::default().low_base, Scaled::whole),
            },
            at: as_of.unwrap_or(call.now()),
            as_of,
            csv: kinds::wants_csv(call)?.then(|| kinds::audience(call)),
        })
    }

    /// Whether other areas are to be read.
    pub fn names_peers(&self) -> bool {
        self.peers.is_some()
    }

    /// The query that gives one of the results again.
    pub fn query_of(&self, method: Method, period: &str, base: Option<&str>) -> String {
        let mut query = format!("method={}&period={period}", method.code());
        let mut add = |name: &str, value: &str| query.push_str(&format!("&{name}={value}"));
        if let (Method::Since, Some(base)) = (method, base) {
            add("base", base);
        }
        if let (Method::PeerRank | Method::PeerMean, Some(peers)) = (method, &self.peers) {
            match peers {
                PeerAreas::Siblings => add("peers", SIBLINGS),
                PeerAreas::Named(codes) => add("peers", &codes.join(",")),
            }
        }
        if method == Method::PeerMean {
            add("self", if self.with_self { "true" } else { "false" });
            add("mean", if self.mean == Mean::Pooled { "pooled" } else { "of_rates" });
        }
        if parameters::DIFFERENCES.contains(&method) {
            if self.options.across_break {
                add("across_break", "true");
            }
            if self.options.low_base != Options::default().low_base {
                add(LOW_BASE, &self.options.low_base.to_string());
            }
        }
        query
    }
}
