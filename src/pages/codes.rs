//! What the codes of the record say to a reader: the one place for all closed lists. A test goes over every list
//! that a page can show, so a kind that comes later says here what its codes of several words mean.

/// Whether a verdict is good news. The words say it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// For the better.
    Good,
    /// For the worse.
    Bad,
    /// Neither.
    Plain,
}

impl Tone {
    /// The name of the tone in the style.
    pub fn class(self) -> &'static str {
        match self {
            Tone::Good => "word good",
            Tone::Bad => "word bad",
            Tone::Plain => "word",
        }
    }
}

/// Codes and what they say. The sentences are those of docs/statistics.md and docs/glossary.md.
/// A code says the same in every list.
const CODES: &[(&str, &str)] = &[
    // Ratings of pledges.
    ("not_yet_rated", "not yet rated"),
    ("partly_kept", "partly kept"),
    ("own_office", "the office itself"),
    // The state of work.
    ("not_reported", "no status reported"),
    ("not_started", "not started"),
    ("in_progress", "in progress"),
    // Control charts.
    ("common_cause", "within the usual ups and downs"),
    ("improvement", "a real change for the better"),
    ("concern", "a real change for the worse"),
    ("neutral_high", "a real change to higher values"),
    ("neutral_low", "a real change to lower values"),
    ("insufficient_data", "too few figures to tell"),
    ("overlapping_windows", "cannot be judged: the periods overlap"),
    ("no_target", "no target"),
    ("consistent_pass", "always meets the target"),
    ("consistent_fail", "never meets the target"),
    ("hit_or_miss", "meets the target only sometimes"),
    ("unstable_phase", "but more than a third of the values are signals: the limits say little"),
    ("few_for_limits", "but the limits are from fewer than 12 values, and are uncertain"),
    ("latest_without_value", "of the last period with a value: the latest has none"),
    // Targets.
    ("below_target", "below target"),
    ("above_target", "above target"),
    ("le", "at most"),
    ("ge", "at least"),
    // Statements.
    ("reproduced", "the figures confirm it"),
    (
        "reproduced_then_revised",
        "the figures confirmed it when it was said; revised since, they no longer do",
    ),
    ("not_reproduced", "the figures do not confirm it"),
    ("only_source", "only the source says so"),
    ("rounded", "the figures are too rounded to confirm or refute it"),
    ("missing_baseline", "no figure to compare with"),
    ("ambiguous_period", "the source does not say which period it is about"),
    ("not_like_for_like", "the two cannot be compared like for like"),
    ("not_published", "the figures are not published"),
    ("suppressed", "hidden, so that no person can be identified"),
    ("no_series", "no figures on record"),
    ("no_figure", "states no figure"),
    ("change_pct", "change in per cent"),
    ("change_pp", "change in percentage points"),
    ("exact", "exactly that"),
    ("approx", "about"),
    ("at_least", "at least"),
    ("at_most", "at most"),
    ("more_than", "more than"),
    ("less_than", "less than"),
    // How figures are compared.
    ("level", "the value by itself"),
    ("previous", "with the period before"),
    ("yoy", "with the same period a year before"),
    ("ytd", "the financial year so far, with the same months of the year before"),
    ("rolling12", "twelve months, with the twelve before"),
    ("baseline", "with the baseline"),
    ("since", "with an earlier period"),
    ("rate", "in proportion to the population"),
    ("against_target", "with the target"),
    ("peer_rank", "rank among areas"),
    ("peer_mean", "with the mean of areas"),
    ("unstated", "the source does not say"),
    ("no_predecessor", "nothing to compare with"),
    // Figures.
    ("COUNT", "number"),
    ("PERCENT", "per cent"),
    ("RATE_1000", "per 1,000"),
    ("RATE_10000", "per 10,000"),
    ("RATE_100000", "per 100,000"),
    ("SECONDS", "seconds"),
    ("MINUTES", "minutes"),
    ("HOURS", "hours"),
    ("DAYS", "days"),
    ("GBP", "pounds"),
    ("RATIO", "ratio"),
    ("P1M", "by month"),
    ("P3M", "by quarter"),
    ("P6M", "by half-year"),
    ("P1Y", "by year"),
    ("P1Y-P3M", "twelve months, each quarter"),
    ("P1Y-P1M", "twelve months, each month"),
    ("irregular", "at no fixed times"),
    ("lower_is_better", "lower is better"),
    ("higher_is_better", "higher is better"),
    ("contextual", "neither higher nor lower is better by itself"),
    ("stock", "number on a day"),
    ("t5", "numbers from 1 to 4 are hidden"),
    ("t5_r5", "numbers from 1 to 4 are hidden, all others rounded to the nearest five"),
    ("definition_change", "the definition changed"),
    ("rebase", "what it is measured against changed"),
    ("recording_change", "the way of recording changed"),
    ("boundary_change", "the boundary changed"),
    ("negative_count", "a count below zero"),
    ("outside_life", "a period in which the area or category did not exist"),
    ("partly_outside_life", "a period in which the area or category existed only in part"),
    ("falls_to_zero", "a fall to zero"),
    ("ratio_disagrees", "a percentage that does not follow from the numbers behind it"),
    // What is due.
    ("met_late", "met, but late"),
    ("running", "not due yet"),
    ("not_on_record", "the record cannot tell"),
    ("not_public", "not public"),
    ("no_date", "no date set"),
    ("s55_comments", "comments on the report"),
    ("respond_by", "answer to the recommendation"),
    ("act_by", "action on the recommendation"),
    ("precept_notify", "notice of the precept to the Panel"),
    ("precept_report", "the Panel's report on the precept"),
    ("precept_revise", "the revised precept"),
    ("precept_review", "the Panel's report on the revised precept"),
    ("precept_answer", "answer to the report on the revised precept"),
    ("appointment_report", "the Panel's report on the appointment"),
    ("answer", "answer to the question"),
    // Reports, recommendations and answers.
    ("police_act_s55", "the body comments within 56 days (Police Act 1996, section 55)"),
    ("set_by_maker", "the maker of the report sets the days"),
    ("thematic", "inspection of a subject in several forces"),
    ("case_review", "review of a case"),
    ("annual_report", "annual report"),
    ("cause_of_concern", "cause of concern"),
    ("area_for_improvement", "area for improvement"),
    ("area_named", "area that the source only names"),
    ("implemented", "carried out"),
    ("superseded", "replaced by another"),
    ("no_longer_relevant", "no longer relevant"),
    ("partly_accepted", "partly accepted"),
    ("claimed", "claimed to be done"),
    ("partly", "partly verified"),
    ("not_verified", "not verified"),
    // The Panel, meetings and questions.
    ("supported_with_recommendations", "supported, with recommendations"),
    ("not_supported", "not supported"),
    ("too_high", "too high"),
    ("too_low", "too low"),
    ("strategic_governance_board", "strategic governance board"),
    ("performance_scrutiny", "performance scrutiny"),
    ("audit_committee", "audit committee"),
    ("part_private", "public, but for exempt items"),
    ("exempt", "not open to the public"),
    ("pack", "all papers of the meeting"),
    ("written_only", "answered in writing only"),
    ("not_stated", "the source does not say"),
    ("stated", "as the source states it"),
    ("inferred", "inferred from the source"),
    ("verbatim", "the words of the source"),
    ("paraphrase", "in our words"),
    ("waiting", "waiting to be read"),
    ("merged", "merged with another question that asks the same"),
    ("current_case", "about a case that is not finished"),
    ("personal_data", "says something about a person"),
    ("not_policing", "not about policing"),
    ("too_late", "too late to be answered"),
    ("hold_to_account", "hold to account"),
    // Money.
    ("money_in", "received by the office"),
    ("money_out", "given by the office"),
    ("selective", "suppliers who qualified could bid"),
    ("limited", "suppliers who were invited could bid"),
    ("direct", "one supplier, without competition"),
    ("opcc", "office of the Police and Crime Commissioner"),
    // Offices, organisations and places.
    ("commissioner", "Police and Crime Commissioner"),
    ("policing_and_crime_board", "policing and crime board"),
    ("police_authority", "police authority"),
    ("police_and_crime_commissioner", "Police and Crime Commissioner"),
    ("deputy_police_and_crime_commissioner", "Deputy Police and Crime Commissioner"),
    ("policing_and_crime_board_chair", "chair of the policing and crime board"),
    ("chief_constable", "chief constable"),
    ("policing_body_office", "office of a policing body"),
    ("police_force", "police force"),
    ("police_and_crime_panel", "Police and Crime Panel"),
    ("panel", "the Police and Crime Panel"),
    ("local_authority", "council"),
    ("criminal_justice", "criminal justice"),
    ("fire_and_rescue", "fire and rescue service"),
    ("central_government", "central government"),
    ("professional_body", "professional body"),
    ("police_force_area", "area of a police force"),
    ("unitary_authority", "unitary authority"),
    ("police_division", "division of a police force"),
    ("police_section", "section of a police division"),
    ("emerging_threat", "emerging threat"),
    ("national_requirement", "national requirement"),
    // How a file is read.
    (",", "comma"),
    (";", "semicolon"),
    ("|", "vertical bar"),
    ("\t", "tab"),
    (" ", "space"),
    ("'", "apostrophe"),
    // Rules of control charts.
    ("outside_limits", "outside the limits"),
    ("shift", "one of seven or more in a row on one side of the mean"),
    ("trend", "one of seven or more in a row that rise or fall"),
    ("two_of_three", "two of three in a row near a limit"),
    // Records.
    ("panel_shared", "shared with the Panel"),
    ("panel_decision", "decision of the Panel"),
    ("counter_assessment", "counter-assessment"),
    ("office_term", "office term"),
    ("policing_body", "policing body"),
];

/// Codes that are good news.
const GOOD: &[&str] =
    &["kept", "improvement", "consistent_pass", "met", "reproduced", "implemented", "verified"];

/// Codes that are bad news.
const BAD: &[&str] = &[
    "broken",
    "stalled",
    "concern",
    "consistent_fail",
    "below_target",
    "above_target",
    "not_reproduced",
    "overdue",
    "cause_of_concern",
    "not_verified",
    "not_supported",
];

/// The words of a code.
pub fn of(code: &str) -> String {
    find(code).map_or_else(|| code.replace('_', " "), str::to_owned)
}

/// Whether a code is good news.
pub fn tone(code: &str) -> Tone {
    match code {
        code if GOOD.contains(&code) => Tone::Good,
        code if BAD.contains(&code) => Tone::Bad,
        _ => Tone::Plain,
    }
}

fn find(code: &str) -> Option<&'static str> {
    CODES.iter().find(|(name, _)| *name == code).map(|(_, words)| *words)
}

#[cfg(test)]
mod tests;
