//! What can be said of a mapping before there is a file.

use std::collections::BTreeMap;

use super::mapping::{DimensionMapping, Mapping, Mark, PeriodMapping, Rule, Then, When};
use super::mapping_schema::LONG;
use super::text::{DayForm, months};
use crate::problem::{Fault, step};
use crate::stats::decimal::Scaled;
use crate::stats::period::Period;
use crate::stats::status::{ConfStatus, ObsStatus};

impl Mapping {
    /// Adds a fault for each thing that is wrong; `at` is where the mapping stands, such as `/mapping`.
    pub fn check(&self, faults: &mut Vec<Fault>, at: &str) {
        let mut check = Check { faults };
        for (n, dimension) in self.dimensions.iter().enumerate() {
            let place = format!("{at}/dimensions/{n}");
            check.dimension(dimension, &place);
            if self.dimensions[..n].iter().any(|other| other.dimension == dimension.dimension) {
                check.add(&format!("{place}/dimension"), "duplicate", "This dimension is mapped already.");
            }
        }
        check.period(&self.period, &format!("{at}/period"));
        self.check_value(&mut check, &format!("{at}/value"));
        check.lists(&self.keep, &format!("{at}/keep"));
        for (n, rule) in self.rules.iter().enumerate() {
            check.rule(rule, &format!("{at}/rules/{n}"));
        }
        if let (Some(first), Some(last)) = (self.first_row, self.last_row)
            && last < first
        {
            check.add(&format!("{at}/last_row"), "order", "The data end before they begin.");
        }
    }

    fn check_value(&self, check: &mut Check<'_>, at: &str) {
        let wide = self.is_wide();
        if !wide && self.value.column.is_none() {
            let detail = "Name the column of the values, or, of a wide table, those columns in `titles` of a dimension or \
                          of the period.";
            check.add(&format!("{at}/column"), "required", detail);
        }
        if wide && self.value.column.is_some() {
            let detail = "Here the columns of the values are those in `titles`: leave this out.";
            check.add(&format!("{at}/column"), "contradiction", detail);
        }
        for (name, marks) in [("marks", &self.value.marks), ("footnotes", &self.value.footnotes)] {
            for (mark, means) in marks {
                let place = format!("{at}/{name}/{}", step(mark));
                check.length(mark, &place);
                check.mark(means, name == "footnotes", &place);
                if name == "footnotes" && mark.trim().is_empty() {
                    check.add(&place, "required", "A mark behind a number is not empty.");
                }
            }
        }
    }

    /// Whether several columns hold values.
    pub fn is_wide(&self) -> bool {
        !self.period.titles.is_empty() || self.dimensions.iter().any(|dimension| !dimension.titles.is_empty())
    }
}

struct Check<'f> {
    faults: &'f mut Vec<Fault>,
}

impl Check<'_> {
    fn add(&mut self, at: &str, code: &'static str, detail: impl Into<String>) {
        self.faults.push(Fault::pointer(at, code, detail));
    }

    fn length(&mut self, text: &str, at: &str) {
        if text.chars().count() > LONG {
            self.add(at, "too_long", format!("At most {LONG} characters may stand here."));
        }
    }

    fn one_source(&mut self, given: &[(&str, bool)], at: &str) {
        let names: Vec<String> = given.iter().map(|(name, _)| format!("`{name}`")).collect();
        let count = given.iter().filter(|(_, given)| *given).count();
        if count != 1 {
            let code = if count == 0 { "required" } else { "contradiction" };
            self.add(at, code, format!("Give one of {}.", names.join(", ")));
        }
    }

    fn dimension(&mut self, dimension: &DimensionMapping, at: &str) {
        let given = [
            ("columns", !dimension.columns.is_empty()),
            ("constant", dimension.constant.is_some()),
            ("titles", !dimension.titles.is_empty()),
        ];
        self.one_source(&given, at);
        if !dimension.codes.is_empty() && dimension.columns.is_empty() {
            let detail = "Codes are looked up for what stands in `columns`, and there are none.";
            self.add(&format!("{at}/codes"), "contradiction", detail);
        }
        for (name, texts) in [("codes", &dimension.codes), ("titles", &dimension.titles)] {
            for (text, code) in texts {
                let place = format!("{at}/{name}/{}", step(text));
                self.length(text, &place);
                self.length(code, &place);
            }
        }
    }

    fn period(&mut self, period: &PeriodMapping, at: &str) {
        let given = [
            ("column", period.column.is_some()),
            ("constant", period.constant.is_some()),
            ("titles", !period.titles.is_empty()),
        ];
        self.one_source(&given, at);
        if let Some(constant) = &period.constant {
            self.iso(constant, &format!("{at}/constant"));
        }
        for (name, texts) in [("texts", &period.texts), ("titles", &period.titles)] {
            for (text, iso) in texts {
                let place = format!("{at}/{name}/{}", step(text));
                self.length(text, &place);
                self.iso(iso, &place);
            }
        }
        if period.column.is_none() {
            return;
        }
        match period.form.as_deref() {
            None => self.add(
                &format!("{at}/form"),
                "required",
                "Say how periods are written: `iso`, or a form such as `DD-MM-YYYY`.",
            ),
            Some("iso") => {}
            Some(form) => {
                if DayForm::parse(form).is_none() {
                    let detail = "A form has YYYY once, and at most once MM, MMM or MMMM, and DD if it has a month; between \
                                  them only signs: `DD-MM-YYYY`, `MMM YYYY`, `YYYY`.";
                    self.add(&format!("{at}/form"), "form", detail);
                }
                if period.is.is_none() {
                    let detail = "Say whether this is the `start` or the `end` of the period.";
                    self.add(&format!("{at}/is"), "required", detail);
                }
                if period.length.as_deref().and_then(months).is_none() {
                    let detail = "Say how long the period is, in months or years: `P3M`, `P1Y`.";
                    self.add(&format!("{at}/length"), "required", detail);
                }
            }
        }
    }

    fn iso(&mut self, text: &str, at: &str) {
        if let Err(fault) = Period::parse(text) {
            self.add(at, fault.code(), fault.to_string());
        }
    }

    fn number(&mut self, text: Option<&str>, at: &str) {
        if let Some(Err(fault)) = text.map(Scaled::parse) {
            self.add(at, fault.code(), fault.to_string());
        }
    }

    fn statuses(&mut self, obs: Option<&str>, conf: Option<&str>, at: &str) {
        if obs.is_some_and(|obs| ObsStatus::parse(obs).is_none()) {
            self.add(&format!("{at}/OBS_STATUS"), "unknown_status", "It is one of A, B, E, P, U, M, O, Q.");
        }
        if conf.is_some_and(|conf| ConfStatus::parse(conf).is_none()) {
            self.add(&format!("{at}/CONF_STATUS"), "unknown_status", "It is one of F, A, D, N, E.");
        }
    }

    fn mark(&mut self, mark: &Mark, behind: bool, at: &str) {
        self.statuses(mark.obs_status.as_deref(), mark.conf_status.as_deref(), at);
        self.number(mark.value.as_deref(), &format!("{at}/value"));
        let none =
            mark.obs_status.as_deref().and_then(ObsStatus::parse).is_some_and(ObsStatus::without_value);
        if behind {
            if mark.value.is_some() || none {
                self.add(at, "contradiction", "It stands behind a number: that is the value.");
            }
        } else if none == mark.value.is_some() {
            let detail =
                "Say which number is meant (`value`), or why there is none (OBS_STATUS `O`, `M` or `Q`).";
            self.add(at, "required", detail);
        }
    }

    fn lists(&mut self, lists: &BTreeMap<String, Vec<String>>, at: &str) {
        for (column, texts) in lists {
            let place = format!("{at}/{}", step(column));
            self.length(column, &place);
            if texts.is_empty() || texts.len() > 2000 {
                self.add(&place, "length", "Give 1 to 2000 texts.");
            }
            for text in texts {
                self.length(text, &place);
            }
        }
    }

    fn rule(&mut self, rule: &Rule, at: &str) {
        let (when, then) = (&rule.when, &rule.then);
        self.lists(&when.columns, &format!("{at}/when/columns"));
        self.lists(&when.codes, &format!("{at}/when/codes"));
        self.number(when.value_is.as_deref(), &format!("{at}/when/value_is"));
        self.number(when.value_below.as_deref(), &format!("{at}/when/value_below"));
        self.number(then.value.as_deref(), &format!("{at}/then/value"));
        self.statuses(then.obs_status.as_deref(), then.conf_status.as_deref(), &format!("{at}/then"));
        let none =
            then.obs_status.as_deref().and_then(ObsStatus::parse).is_some_and(ObsStatus::without_value);
        if none && then.value.is_some() {
            self.add(
                &format!("{at}/then/value"),
                "contradiction",
                "This status says that there is no value.",
            );
        }
        for (column, texts) in &then.text {
            for (from, to) in texts {
                let place = format!("{at}/then/text/{}/{}", step(column), step(from));
                self.length(from, &place);
                self.length(to, &place);
            }
        }
        if then.does_nothing() {
            let detail = "Say what is done: `drop`, `text`, `codes`, `OBS_STATUS`, `CONF_STATUS`, `value` or `accept`.";
            self.add(&format!("{at}/then"), "required", detail);
        }
        let only_texts = when.reads_only_the_file() && then.changes_only_texts();
        if !then.text.is_empty() && !only_texts {
            let detail = "Texts are read anew before anything is made of them: such a rule does nothing else, and its `when` \
                          has `columns` only.";
            self.add(&format!("{at}/then/text"), "contradiction", detail);
        }
        if when.is_empty() && then.text.is_empty() {
            self.add(&format!("{at}/when"), "required", "Say to which rows this applies.");
        }
    }
}

impl When {
    /// Whether it asks of nothing that was made of the file.
    pub fn reads_only_the_file(&self) -> bool {
        self.codes.is_empty()
            && self.from.is_none()
            && self.until.is_none()
            && self.value_is.is_none()
            && self.value_below.is_none()
    }

    fn is_empty(&self) -> bool {
        self.columns.is_empty() && self.reads_only_the_file()
    }
}

impl Then {
    fn changes_only_texts(&self) -> bool {
        !self.drop && self.after_is_empty() && self.accept.is_empty()
    }

    fn after_is_empty(&self) -> bool {
        self.codes.is_empty()
            && self.obs_status.is_none()
            && self.conf_status.is_none()
            && self.value.is_none()
    }

    fn does_nothing(&self) -> bool {
        self.text.is_empty() && self.changes_only_texts()
    }
}
