//! The parameters of comparisons, and which of them belong to which methods.

use crate::http::Call;
use crate::http::kinds;
use crate::http::params::{Param, ParamType};
use crate::problem::Fault;
use crate::resources::series;
use crate::stats::comparison::Method;

/// The parameter with the smallest base of a percentage.
pub const LOW_BASE: &str = "low_base";

/// The value of `peers` that stands for all areas of the same kind and parent.
pub const SIBLINGS: &str = "siblings";

/// The parameters, apart from those that name the series.
pub fn params() -> Vec<Param> {
    let methods = Method::ALL.iter().map(|method| method.code().to_owned()).collect();
    let mut params = vec![
        Param::new(
            "method",
            ParamType::Some { of: methods, signed: false, most: Method::ALL.len() },
            "With what to compare, one method or several, separated by commas: `previous` (the period before), `yoy` (the same period a year before), `ytd` (April to the last complete month, with the year before), `rolling12` (twelve months, with the twelve before), `baseline` (the declared baseline), `since` (the period in `base`), `rate` (the count per 1,000 people), `against_target` (the target in force), `peer_rank` and `peer_mean` (the rank among, and the mean of, the areas in `peers`).",
        )
        .required(),
        Param::new(
            "period",
            ParamType::Text(40),
            "The period to compare, in ISO 8601. Without it, the latest with a complete figure; with `startPeriod` or `endPeriod`, all periods between them.",
        ),
        Param::new("base", ParamType::Text(40), "With `since`: the period to compare with."),
        Param::new(
            "peers",
            ParamType::Text(4_000),
            "With `peer_rank` and `peer_mean`: the codes of the other areas, separated by commas; or `siblings`: the areas of the indicator that are of the same kind and lie in the same larger area.",
        ),
        Param::new("self", ParamType::Bool, "With `peer_mean`: whether the mean includes the area itself. There is no default."),
        Param::new(
            "mean",
            ParamType::OneOf(vec!["of_rates", "pooled"]),
            "With `peer_mean`: `of_rates` gives every area the same weight, `pooled` every person. There is no default.",
        ),
        Param::new(
            "across_break",
            ParamType::Bool,
            "With `true`, compares although the way of counting changed between the two periods, and warns of it.",
        ),
        Param::new(
            LOW_BASE,
            ParamType::Int(0, 1_000_000),
            "A count below this is too small a base for a percentage; 50 if absent.",
        ),
    ];
    params.extend(series::window_params());
    params.push(kinds::format_param());
    params
}

/// Faults of parameters that are missing, or that none of the methods uses.
pub fn check(call: &Call, methods: &[Method], faults: &mut Vec<Fault>) {
    let has = |name: &str| call.params.has(name);
    if methods.is_empty() {
        let detail = format!("Give one or more of {}, separated by commas.", names(Method::ALL));
        faults.push(Fault::parameter("method", "required", detail));
        return;
    }
    for (name, needs, of) in USES {
        let users: Vec<Method> = methods.iter().copied().filter(|method| of.contains(method)).collect();
        match (has(name), users.first()) {
            (true, None) => faults.push(Fault::parameter(
                *name,
                "not_applicable",
                format!("None of the methods uses `{name}`: it belongs to {}. Leave it out.", names(of)),
            )),
            (false, Some(user)) if !needs.is_empty() => {
                faults.push(Fault::parameter(
                    *name,
                    "required",
                    format!("`{}` needs `{name}`: {needs}", user.code()),
                ));
            }
            _ => {}
        }
    }
    if has("period") {
        for name in ["startPeriod", "endPeriod"].into_iter().filter(|name| has(name)) {
            let detail = "Give either `period`, or `startPeriod` and `endPeriod` for several periods.";
            faults.push(Fault::parameter(name, "conflict", detail));
        }
    }
}

/// Parameters, what to give where a method needs one, and the methods that use it.
const USES: &[(&str, &str, &[Method])] = &[
    ("base", "give the period to compare with.", &[Method::Since]),
    (
        "peers",
        "name the other areas by their codes, or give `siblings`.",
        &[Method::PeerRank, Method::PeerMean],
    ),
    (
        "self",
        "give `true` to include the area itself in the mean, `false` to leave it out.",
        &[Method::PeerMean],
    ),
    (
        "mean",
        "give `of_rates`, where every area has the same weight, or `pooled`, where every person has.",
        &[Method::PeerMean],
    ),
    ("across_break", "", DIFFERENCES),
    (LOW_BASE, "", DIFFERENCES),
];

/// The methods that compare two periods.
pub const DIFFERENCES: &[Method] = &[
    Method::Previous,
    Method::YearOnYear,
    Method::YearToDate,
    Method::RollingYear,
    Method::Baseline,
    Method::Since,
];

fn names(methods: &[Method]) -> String {
    methods.iter().map(|method| format!("`{}`", method.code())).collect::<Vec<_>>().join(", ")
}
