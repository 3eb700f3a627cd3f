//! A request for control charts.

use crate::clock::Ts;
use crate::http::csv::Audience;
use crate::http::params::{Param, ParamType};
use crate::http::{Call, kinds};
use crate::problem::{Fault, Problem};
use crate::resources::series::{self, Window};
use crate::stats::spc::{Every, Options};

/// The months of `anchor`.
const MONTHS: [&str; 12] = ["01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"];

/// The most values that limits can be frozen to.
const MAX_FIX: i64 = 10_000;

/// The parameters, apart from those that name the series.
pub fn params() -> Vec<Param> {
    let mut params = vec![
        Param::new(
            "screen_outliers",
            ParamType::Bool,
            "With `true`, leaves moving ranges of at least 3.267 times their mean out of that mean, once.",
        ),
        Param::new(
            "fix",
            ParamType::Int(2, MAX_FIX),
            "Computes the limits of each phase from its first values only, this many.",
        ),
        Param::new(
            "every",
            ParamType::OneOf(vec!["P1Y"]),
            "For series whose periods overlap: uses one window a year, the one that ends with the month in `anchor`.",
        ),
        Param::new(
            "anchor",
            ParamType::OneOf(MONTHS.to_vec()),
            "With `every`: the last month of the windows, such as `03` for years to March.",
        ),
    ];
    params.extend(series::window_params());
    params.push(kinds::format_param());
    params
}

/// A request for control charts, apart from the series.
pub struct ChartRequest {
    pub options: Options,
    /// Which periods.
    pub window: Window,
    /// The moment of the figures.
    pub at: Ts,
    /// The moment that `asOf` names.
    pub as_of: Option<Ts>,
    /// What a CSV is read with; none for JSON.
    pub csv: Option<Audience>,
}

impl ChartRequest {
    /// Reads the parameters. The problem lists all faults.
    pub fn parse(call: &Call) -> Result<ChartRequest, Problem> {
        let params = &call.params;
        let mut faults = vec![];
        let window = series::window(call, &mut faults);
        let as_of = call.past().unwrap_or_else(|fault| {
            faults.push(fault);
            None
        });
        let anchor = params.text("anchor").and_then(|month| month.parse().ok());
        let every = match (params.has("every"), anchor) {
            (true, Some(anchor)) => Some(Every { anchor }),
            (true, None) if faults.is_empty() => {
                let detail =
                    "Give the last month of the windows as `anchor`, such as `anchor=03` for years to March.";
                faults.push(Fault::parameter("anchor", "required", detail));
                None
            }
            (false, Some(_)) if faults.is_empty() => {
                let detail = "`anchor` belongs to `every=P1Y`. Add that, or leave `anchor` out.";
                faults.push(Fault::parameter("anchor", "not_applicable", detail));
                None
            }
            _ => None,
        };
        if !faults.is_empty() {
            return Err(Problem::bad_request(faults));
        }
        let fix = params.int("fix").and_then(|fix| usize::try_from(fix).ok());
        Ok(ChartRequest {
            options: Options { screen_outliers: params.flag("screen_outliers"), fix, every },
            window,
            at: as_of.unwrap_or(call.now()),
            as_of,
            csv: kinds::wants_csv(call)?.then(|| kinds::audience(call)),
        })
    }

    /// The query that gives the chart again.
    pub fn query(&self) -> String {
        let mut parts = vec![];
        if self.options.screen_outliers {
            parts.push("screen_outliers=true".to_owned());
        }
        parts.extend(self.options.fix.map(|fix| format!("fix={fix}")));
        parts.extend(self.options.every.map(|every| format!("every=P1Y&anchor={:02}", every.anchor)));
        // As days: a period says the same whatever the frequency.
        parts.extend(self.window.start.map(|start| format!("startPeriod={}", start.start)));
        parts.extend(self.window.end.map(|end| format!("endPeriod={}", end.last_day())));
        parts.join("&")
    }
}
