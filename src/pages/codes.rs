//! What the codes of the record say to a reader. A code that has no words here is shown with spaces, so a kind that comes
//! later needs no line.

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

/// Codes, what they say, and whether it is good news. The sentences are those of docs/statistics.md and docs/glossary.md.
const CODES: &[(&str, &str, Tone)] = &[
    // Ratings of pledges.
    ("not_yet_rated", "not yet rated", Tone::Plain),
    ("kept", "kept", Tone::Good),
    ("partly_kept", "partly kept", Tone::Plain),
    ("broken", "broken", Tone::Bad),
    ("stalled", "stalled", Tone::Bad),
    // Control charts.
    ("common_cause", "no real change", Tone::Plain),
    ("improvement", "a real change for the better", Tone::Good),
    ("concern", "a real change for the worse", Tone::Bad),
    ("neutral_high", "a real change to higher values", Tone::Plain),
    ("neutral_low", "a real change to lower values", Tone::Plain),
    ("insufficient_data", "too few figures to tell", Tone::Plain),
    ("overlapping_windows", "cannot be judged: the periods overlap", Tone::Plain),
    ("no_target", "no target", Tone::Plain),
    ("consistent_pass", "always meets the target", Tone::Good),
    ("consistent_fail", "never meets the target", Tone::Bad),
    ("hit_or_miss", "meets the target only sometimes", Tone::Plain),
    // Targets.
    ("met", "met", Tone::Good),
    ("below_target", "below target", Tone::Bad),
    ("above_target", "above target", Tone::Bad),
    // Statements.
    ("reproduced", "the figures confirm it", Tone::Good),
    ("reproduced_then_revised", "true by the figures of then, which were revised since", Tone::Plain),
    ("not_reproduced", "the figures do not confirm it", Tone::Bad),
    ("only_source", "only the source says so", Tone::Plain),
    ("rounded", "the figures are rounded and do not tell", Tone::Plain),
    ("missing_baseline", "no figure to compare with", Tone::Plain),
    ("ambiguous_period", "the source does not say which period it is about", Tone::Plain),
    ("not_like_for_like", "the two cannot be compared like for like", Tone::Plain),
    ("not_published", "the figures are not published", Tone::Plain),
    ("no_series", "no figures on record", Tone::Plain),
    ("no_figure", "states no figure", Tone::Plain),
    // What is due.
    ("met_late", "met, but late", Tone::Plain),
    ("overdue", "overdue", Tone::Bad),
    ("running", "not due yet", Tone::Plain),
    ("not_on_record", "the record cannot tell", Tone::Plain),
    ("not_public", "not public", Tone::Plain),
    ("no_date", "no date set", Tone::Plain),
    ("s55_comments", "comments on the report", Tone::Plain),
    ("respond_by", "answer to the recommendation", Tone::Plain),
    ("act_by", "action on the recommendation", Tone::Plain),
    ("precept_notify", "notice of the precept to the Panel", Tone::Plain),
    ("precept_report", "the Panel's report on the precept", Tone::Plain),
    ("precept_revise", "the revised precept", Tone::Plain),
    ("precept_review", "the Panel's report on the revised precept", Tone::Plain),
    ("precept_answer", "answer to the report on the revised precept", Tone::Plain),
    ("appointment_report", "the Panel's report on the appointment", Tone::Plain),
    ("answer", "answer to the question", Tone::Plain),
    // What a money stage is.
    ("money_in", "received by the office", Tone::Plain),
    ("money_out", "given by the office", Tone::Plain),
    ("opcc", "office of the Police and Crime Commissioner", Tone::Plain),
];

/// The words of a code.
pub fn of(code: &str) -> String {
    find(code).map_or_else(|| code.replace('_', " "), |(_, words, _)| (*words).to_owned())
}

/// Whether a code is good news.
pub fn tone(code: &str) -> Tone {
    find(code).map_or(Tone::Plain, |(_, _, tone)| *tone)
}

fn find(code: &str) -> Option<&'static (&'static str, &'static str, Tone)> {
    CODES.iter().find(|(name, _, _)| *name == code)
}
