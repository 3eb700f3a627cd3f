//! Checks a mapping on its own, before there is a file.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::map_schemas::MAX_TEXT;
use super::mapping::{
    DimensionMapping, Mapping, MappingRule, PeriodMapping, RuleAction, RuleCondition, SymbolMeaning,
};
use super::period_form::PeriodForm;
use super::period_length::Length;
use crate::problem::{Fault, step};
use crate::stats::decimal::Scaled;
use crate::stats::period::Period;
use crate::stats::status::{ConfStatus, ObsStatus};

impl Mapping {
    /// Adds all faults. `at` is the pointer to the mapping, such as `/mapping`.
    pub fn check(&self, faults: &mut Vec<Fault>, at: &str) {
        if self.is_own_form() {
            return;
        }
        let mut check = Check { faults };
        for (n, dimension) in self.dimensions.iter().enumerate() {
            let pointer = format!("{at}/dimensions/{n}");
            check.dimension(dimension, &pointer);
            if self.dimensions[..n].iter().any(|other| other.dimension == dimension.dimension) {
                check.add(
                    &format!("{pointer}/dimension"),
                    "duplicate",
                    "This dimension is mapped twice. Remove one of the mappings.",
                );
            }
        }
        check.period(&self.period, &format!("{at}/period"));
        self.check_value(&mut check, &format!("{at}/value"));
        check.lists(&self.keep, &format!("{at}/keep"));
        for (n, rule) in self.rules.iter().enumerate() {
            check.rule(rule, &format!("{at}/rules/{n}"));
        }
        for (name, columns) in [("fill_down", &self.fill_down), ("ignore/columns", &self.ignore.columns)] {
            for (n, column) in columns.iter().enumerate() {
                check.length(column, &format!("{at}/{name}/{n}"));
            }
        }
        if let (Some(first), Some(last)) = (self.first_row, self.last_row)
            && last < first
        {
            check.add(
                &format!("{at}/last_row"),
                "order",
                "`last_row` is before `first_row`. Correct one of them.",
            );
        }
    }

    fn check_value(&self, check: &mut Check<'_>, at: &str) {
        let wide = self.is_wide();
        if !wide && self.value.column.is_none() {
            let detail = "Name the column of the values. For a wide table, name its columns in `titles` of a dimension or of \
                          the period instead.";
            check.add(&format!("{at}/column"), "required", detail);
        }
        if wide && self.value.column.is_some() {
            let detail = "The columns of the values are those in `titles`. Remove `column`.";
            check.add(&format!("{at}/column"), "contradiction", detail);
        }
        if let Some(factor) = &self.value.factor {
            check.factor(factor, &format!("{at}/factor"));
        }
        for (name, symbols) in [("marks", &self.value.marks), ("footnotes", &self.value.footnotes)] {
            for (symbol, meaning) in symbols {
                let pointer = format!("{at}/{name}/{}", step(symbol));
                check.length(symbol, &pointer);
                check.symbol(meaning, name == "footnotes", &pointer);
                if name == "footnotes"
                    && symbol.trim().len() > 2
                    && symbol.trim().bytes().all(|c| c.is_ascii_digit())
                {
                    // After a blank it would be a group of thousands.
                    let detail = "A note of three digits or more cannot be told from a number. Remove it, and correct the file.";
                    check.add(&pointer, "ambiguous", detail);
                }
                if name == "footnotes" && symbol.trim().is_empty() {
                    check.add(&pointer, "required", "A symbol after a number must not be empty.");
                }
            }
        }
    }

    /// Whether it says nothing but which sheet is read, and what is done with hidden cells: then the sheet has our own form.
    pub fn is_own_form(&self) -> bool {
        let rest = Mapping { sheet: None, hidden: None, ..self.clone() };
        let is_same = |rest: &Mapping| {
            let (rest, none) = (serde_json::to_value(rest), serde_json::to_value(Mapping::default()));
            matches!((rest, none), (Ok(rest), Ok(none)) if rest == none)
        };
        (self.sheet.is_some() || self.hidden.is_some()) && is_same(&rest)
    }

    /// Whether the file is a wide table: several columns hold values.
    pub fn is_wide(&self) -> bool {
        !self.period.titles.is_empty()
            || self.period.titles_form.is_some()
            || self.dimensions.iter().any(|dimension| !dimension.titles.is_empty())
    }
}

const END_OF_PERIOD: &str = "Give the end of the period that the text gives: `start` or `end`.";

const LENGTH_OF_PERIOD: &str =
    "Give the length of the periods in days, weeks, months or years: `P7D`, `P3M`, `P1Y`.";

struct Check<'f> {
    faults: &'f mut Vec<Fault>,
}

impl Check<'_> {
    fn add(&mut self, at: &str, code: &'static str, detail: impl Into<String>) {
        self.faults.push(Fault::pointer(at, code, detail));
    }

    fn length(&mut self, text: &str, at: &str) {
        if text.chars().count() > MAX_TEXT {
            self.add(
                at,
                "too_long",
                format!("This text is too long. Shorten it to at most {MAX_TEXT} characters."),
            );
        }
    }

    fn exactly_one(&mut self, sources: &[(&str, bool)], at: &str) {
        let names: Vec<String> = sources.iter().map(|(name, _)| format!("`{name}`")).collect();
        let count = sources.iter().filter(|(_, is_present)| *is_present).count();
        if count != 1 {
            let code = if count == 0 { "required" } else { "contradiction" };
            self.add(at, code, format!("Give exactly one of {}.", names.join(", ")));
        }
    }

    fn dimension(&mut self, dimension: &DimensionMapping, at: &str) {
        let sources = [
            ("columns", !dimension.columns.is_empty()),
            ("constant", dimension.constant.is_some()),
            ("titles", !dimension.titles.is_empty()),
        ];
        self.exactly_one(&sources, at);
        if !dimension.codes.is_empty() && dimension.columns.is_empty() {
            let detail = "`codes` translates the texts in `columns`, and there are no `columns`. Add them, or remove `codes`.";
            self.add(&format!("{at}/codes"), "contradiction", detail);
        }
        for (name, texts) in [("codes", &dimension.codes), ("titles", &dimension.titles)] {
            for (text, code) in texts {
                let pointer = format!("{at}/{name}/{}", step(text));
                self.length(text, &pointer);
                self.length(code, &pointer);
            }
        }
    }

    fn period(&mut self, period: &PeriodMapping, at: &str) {
        let sources = [
            ("column", period.column.is_some()),
            ("columns", !period.columns.is_empty()),
            ("constant", period.constant.is_some()),
            ("titles", !period.titles.is_empty()),
            ("titles_form", period.titles_form.is_some()),
        ];
        self.exactly_one(&sources, at);
        if let Some(constant) = &period.constant {
            self.iso(constant, &format!("{at}/constant"));
        }
        for (name, texts) in [("texts", &period.texts), ("titles", &period.titles)] {
            for (text, iso) in texts {
                let pointer = format!("{at}/{name}/{}", step(text));
                self.length(text, &pointer);
                self.iso(iso, &pointer);
            }
        }
        if let Some(form) = &period.titles_form {
            self.form(form, "titles_form", period, at);
        }
        if period.column.is_none() && period.columns.is_empty() {
            return;
        }
        match period.form.as_deref() {
            None => self.add(
                &format!("{at}/form"),
                "required",
                "Give the form in which the periods are written: `iso`, or a form such as `DD-MM-YYYY`.",
            ),
            Some("iso") => {}
            Some(form) => self.form(form, "form", period, at),
        }
    }

    /// A form of periods, and what has to be declared with it.
    fn form(&mut self, form: &str, name: &str, period: &PeriodMapping, at: &str) {
        let Some(parsed) = PeriodForm::parse(form, period.first_month(), false, NaiveDate::MIN) else {
            let detail = "A form needs a year: YYYY or YY. Besides, it may have a month (MM, or MMM for a name), with it a day (DD), or \
                          a quarter (q), a half year (h) or a week (w), or the beginning and the end of a range, with text between \
                          them: `DD-MM-YYYY`, `MMM YYYY`, `YYYY/YY`, `Qq YYYY-YY`, `MMM to MMM YYYY`, `Year ending MMMM YYYY`. Put \
                          text that is not to be read as one of these in single quotes.";
            self.add(&format!("{at}/{name}"), "form", detail);
            if period.is.is_none() {
                self.add(&format!("{at}/is"), "required", END_OF_PERIOD);
            }
            if period.length.is_none() {
                self.add(&format!("{at}/length"), "required", LENGTH_OF_PERIOD);
            }
            return;
        };
        let is_whole = parsed.is_whole();
        if period.is.is_none() && !is_whole {
            self.add(&format!("{at}/is"), "required", END_OF_PERIOD);
        } else if period.is.is_none() && parsed.has_one_number_of_two_years() {
            let detail = "Say which number the years of the form have: that of the year in which they begin (`start`) or end (`end`).";
            self.add(&format!("{at}/is"), "required", detail);
        }
        let has_length = match &period.length {
            Some(length) => Length::parse(length).is_some(),
            None => is_whole,
        };
        if !has_length {
            self.add(&format!("{at}/length"), "required", LENGTH_OF_PERIOD);
        }
    }

    fn factor(&mut self, factor: &str, at: &str) {
        match factor.parse::<Decimal>() {
            Ok(number) if !number.is_zero() && factor.len() <= 30 => {}
            _ => self.add(at, "not_a_number", "Give a number that is not 0, such as `1000` or `0.01`."),
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
            self.add(
                &format!("{at}/OBS_STATUS"),
                "unknown_status",
                "OBS_STATUS must be one of A, B, E, P, U, M, O, Q.",
            );
        }
        if conf.is_some_and(|conf| ConfStatus::parse(conf).is_none()) {
            self.add(
                &format!("{at}/CONF_STATUS"),
                "unknown_status",
                "CONF_STATUS must be one of F, A, D, N, E.",
            );
        }
    }

    fn symbol(&mut self, meaning: &SymbolMeaning, follows_number: bool, at: &str) {
        self.statuses(meaning.obs_status.as_deref(), meaning.conf_status.as_deref(), at);
        self.number(meaning.value.as_deref(), &format!("{at}/value"));
        let no_value =
            meaning.obs_status.as_deref().and_then(ObsStatus::parse).is_some_and(ObsStatus::without_value);
        if follows_number {
            if meaning.value.is_some() || no_value {
                self.add(at, "contradiction", "A symbol after a number must leave the value as it is. Remove `value`, and give an OBS_STATUS that has a value.");
            }
        } else if no_value == meaning.value.is_some() {
            let detail = "Give either the number that the symbol stands for (`value`) or why there is none (OBS_STATUS `O`, `M` or \
                 `Q`).";
            self.add(at, "required", detail);
        }
    }

    fn lists(&mut self, lists: &BTreeMap<String, Vec<String>>, at: &str) {
        for (column, texts) in lists {
            let pointer = format!("{at}/{}", step(column));
            self.length(column, &pointer);
            if texts.is_empty() || texts.len() > 2000 {
                self.add(&pointer, "length", "Give 1 to 2,000 texts.");
            }
            for text in texts {
                self.length(text, &pointer);
            }
        }
    }

    fn rule(&mut self, rule: &MappingRule, at: &str) {
        let (when, then) = (&rule.when, &rule.then);
        self.lists(&when.columns, &format!("{at}/when/columns"));
        self.lists(&when.codes, &format!("{at}/when/codes"));
        self.number(when.value_is.as_deref(), &format!("{at}/when/value_is"));
        self.number(when.value_below.as_deref(), &format!("{at}/when/value_below"));
        self.number(then.value.as_deref(), &format!("{at}/then/value"));
        self.statuses(then.obs_status.as_deref(), then.conf_status.as_deref(), &format!("{at}/then"));
        let no_value =
            then.obs_status.as_deref().and_then(ObsStatus::parse).is_some_and(ObsStatus::without_value);
        if no_value && then.value.is_some() {
            self.add(
                &format!("{at}/then/value"),
                "contradiction",
                "An observation with this OBS_STATUS has no value. Remove `value`, or give another status.",
            );
        }
        for (column, texts) in &then.text {
            for (from, to) in texts {
                let pointer = format!("{at}/then/text/{}/{}", step(column), step(from));
                self.length(from, &pointer);
                self.length(to, &pointer);
            }
        }
        if then.does_nothing() {
            let detail = "Give at least one of `drop`, `text`, `codes`, `OBS_STATUS`, `CONF_STATUS`, `value` and `accept`.";
            self.add(&format!("{at}/then"), "required", detail);
        }
        let replaces_only_texts = when.reads_only_the_file() && then.replaces_texts_only();
        if !then.text.is_empty() && !replaces_only_texts {
            let detail = "Texts are replaced before the row is interpreted. A rule with `text` must do nothing else, and its \
                          `when` may have `columns` only.";
            self.add(&format!("{at}/then/text"), "contradiction", detail);
        }
        if when.is_empty() && then.text.is_empty() {
            self.add(&format!("{at}/when"), "required", "Give the rows to which this rule applies.");
        }
    }
}

impl RuleCondition {
    /// Whether the condition is only about the cells of the file, not about what was read from them.
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

impl RuleAction {
    fn replaces_texts_only(&self) -> bool {
        !self.drop && self.after_is_empty() && self.accept.is_empty()
    }

    fn after_is_empty(&self) -> bool {
        self.codes.is_empty()
            && self.obs_status.is_none()
            && self.conf_status.is_none()
            && self.value.is_none()
    }

    fn does_nothing(&self) -> bool {
        self.text.is_empty() && self.replaces_texts_only()
    }
}
