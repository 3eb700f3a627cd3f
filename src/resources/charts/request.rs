//! A request for a picture.

use super::model::PictureKind;
use super::sparkline;
use super::theme::Theme;
use crate::http::Call;
use crate::http::params::{Param, ParamType};
use crate::problem::{Fault, Problem};
use crate::resources::control_charts::{self, ChartRequest};

/// The width of a picture, if the request has none.
const WIDTH: i64 = 720;
pub const LEAST_WIDTH: i64 = 320;
pub const MOST_WIDTH: i64 = 1_600;
/// The most series that one is compared with.
const MOST_OTHERS: usize = 6;

/// The parameters.
pub fn params() -> Vec<Param> {
    let mut params = vec![
        Param::new(
            "kind",
            ParamType::OneOf(PictureKind::ALL.iter().map(|kind| kind.name()).collect()),
            "`line` (the default), `spc` (a control chart: mean, limits, signals), `bar` (a bar for each period; with `compare`, a bar for each series in the latest period), or `sparkline` (the latest 24 points, without axes, 160 by 40).",
        ),
        Param::new(
            "compare",
            ParamType::Text(2_500),
            "With `line` and `bar`: the keys of up to six other series of the same unit and frequency, separated by commas.",
        ),
        Param::new(
            "width",
            ParamType::Int(LEAST_WIDTH, MOST_WIDTH),
            "The width in pixels; 720 by default. The height follows from it.",
        ),
        theme_param(),
        Param::new(
            "title",
            ParamType::Text(200),
            "A title in place of the indicator's. It is text: mark-up in it has no effect.",
        ),
        Param::new(
            "untitled",
            ParamType::Bool,
            "`true` writes no title above the picture, for a page that has it.",
        ),
    ];
    params.extend(control_charts::params().into_iter().filter(|param| param.name != "format").map(
        |mut param| {
            if OF_CONTROL_CHARTS.contains(&param.name.as_str()) {
                param.description =
                    format!("With `spc`: as `GET /v1/series/{{key}}/spc` has it. {}", param.description);
            }
            param
        },
    ));
    params
}

/// The colours.
pub fn theme_param() -> Param {
    Param::new(
        "theme",
        ParamType::OneOf(Theme::NAMES.to_vec()),
        "`light` (the default), `dark`, or `print` for a printer without colours.",
    )
}

/// The parameters that only control charts have.
const OF_CONTROL_CHARTS: [&str; 4] = ["screen_outliers", "fix", "every", "anchor"];

/// A request for a picture of a series.
pub struct PictureRequest {
    pub kind: PictureKind,
    /// The keys of the other series.
    pub compare: Vec<String>,
    pub width: i64,
    pub theme: &'static Theme,
    pub title: Option<String>,
    /// Whether the title is written above the picture.
    pub is_titled: bool,
}

impl PictureRequest {
    /// Reads the parameters. The problem lists all faults.
    pub fn parse(call: &Call) -> Result<(PictureRequest, ChartRequest), Problem> {
        let params = &call.params;
        let kind = PictureKind::named(params.text("kind"));
        let mut faults = vec![];
        let only = |names: &[&str], of: &str, faults: &mut Vec<Fault>| {
            for name in names.iter().filter(|name| params.has(name)) {
                let detail =
                    format!("`{name}` belongs to {of}, and this is `kind={}`. Leave it out.", kind.name());
                faults.push(Fault::parameter(*name, "not_applicable", detail));
            }
        };
        if kind != PictureKind::Spc {
            only(&OF_CONTROL_CHARTS, "`kind=spc`", &mut faults);
        }
        if matches!(kind, PictureKind::Spc | PictureKind::Sparkline) {
            only(&["compare"], "`kind=line` and `kind=bar`", &mut faults);
        }
        if kind == PictureKind::Sparkline {
            only(&["width"], "the kinds with axes", &mut faults);
        }
        let compare = compared(call, &mut faults);
        let chart = match ChartRequest::parse(call) {
            Ok(chart) => Some(chart),
            Err(problem) if problem.kind.status == 400 => {
                faults.extend(problem.errors);
                None
            }
            Err(problem) => return Err(problem),
        };
        let Some(chart) = chart.filter(|_| faults.is_empty()) else {
            return Err(Problem::bad_request(faults));
        };
        let width = if kind == PictureKind::Sparkline {
            sparkline::WIDTH
        } else {
            params.int("width").unwrap_or(WIDTH)
        };
        let request = PictureRequest {
            kind,
            compare,
            width,
            theme: Theme::named(params.text("theme")),
            title: params.text("title").map(str::to_owned),
            is_titled: !params.flag("untitled"),
        };
        Ok((request, chart))
    }

    /// The query that gives the picture again, but for how it looks.
    pub fn query(&self, chart: &ChartRequest) -> String {
        let mut parts = vec![format!("kind={}", self.kind.name())];
        if !self.compare.is_empty() {
            parts.push(format!("compare={}", self.compare.join(",")));
        }
        parts.push(chart.query());
        parts.retain(|part| !part.is_empty());
        parts.join("&")
    }
}

fn compared(call: &Call, faults: &mut Vec<Fault>) -> Vec<String> {
    let Some(text) = call.params.text("compare") else { return vec![] };
    let keys: Vec<&str> = text.split(',').map(str::trim).collect();
    if keys.len() > MOST_OTHERS {
        let detail = format!("These are {} series. Give at most {MOST_OTHERS}.", keys.len());
        faults.push(Fault::parameter("compare", "too_many", detail));
        return vec![];
    }
    let mut seen = vec![call.segment("key")];
    for key in &keys {
        if seen.contains(key) {
            let detail = format!("`{key}` is in the picture already. Give each series once.");
            faults.push(Fault::parameter("compare", "repeated", detail));
        }
        seen.push(key);
    }
    keys.into_iter().map(str::to_owned).collect()
}
