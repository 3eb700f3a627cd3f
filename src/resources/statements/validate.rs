//! The rules of a statement that its schema cannot state.

use validator::{Validate, ValidationErrors};

use super::dto::{StatedQuantity, StatementContent, StatementMethod, StatementQualifier};
use crate::problem::Fault;
use crate::resources::rules;
use crate::validation;

impl Validate for StatementContent {
    fn validate(&self) -> Result<(), ValidationErrors> {
        let mut faults = vec![];
        self.check_figure(&mut faults);
        self.check_indicator(&mut faults);
        self.check_assumption(&mut faults);
        let peers = self.peers.iter().map(String::as_str);
        rules::check_distinct(peers, |n| format!("/peers/{n}"), &mut faults);
        validation::result(faults)
    }
}

impl StatementContent {
    fn check_figure(&self, faults: &mut Vec<Fault>) {
        let mut fault = |field: &str, code, detail: &str| {
            faults.push(Fault::pointer(format!("/{field}"), code, detail));
        };
        let Some(qualifier) = self.qualifier else {
            for (field, there) in [
                ("value", self.value.is_some()),
                ("value_to", self.value_to.is_some()),
                ("rounded_to", self.rounded_to.is_some()),
                ("quantity", self.quantity.is_some()),
            ] {
                if there {
                    fault(
                        field,
                        "needs_qualifier",
                        "Give `qualifier` too: `exact`, or what the source says.",
                    );
                }
            }
            return;
        };
        for (field, number) in
            [("value", &self.value), ("value_to", &self.value_to), ("rounded_to", &self.rounded_to)]
        {
            if number.as_ref().is_some_and(|number| number.scaled().is_none()) {
                let detail = "Values are at most 1,000,000,000,000. Give it in a larger unit, or correct it.";
                fault(field, "too_large", detail);
            }
        }
        if self.quantity.is_none() {
            fault("quantity", "required", "Say what the stated value is, such as `value` or `change_pct`.");
        }
        let has_value = !qualifier.is_of_direction();
        if !has_value && matches!(self.quantity, Some(StatedQuantity::Value | StatedQuantity::Rank)) {
            fault(
                "quantity",
                "not_here",
                "What rose, fell or stayed the same is a change. Use `change`, `change_pct` or `change_pp`.",
            );
        }
        let of_method = |method| match method {
            StatementMethod::Level | StatementMethod::Rate => Some((StatedQuantity::Value, "value")),
            StatementMethod::PeerRank => Some((StatedQuantity::Rank, "rank")),
            _ => None,
        };
        match (of_method(self.assumed_method()), self.quantity) {
            (Some((right, name)), Some(quantity)) if right != quantity => {
                fault(
                    "quantity",
                    "not_here",
                    &format!("This method gives a `{name}`. Use that, or another method."),
                );
            }
            (None, Some(StatedQuantity::Rank)) if self.assumed_method() != StatementMethod::Unstated => {
                fault("quantity", "not_here", "Only `peer_rank` gives a rank. Use that method.");
            }
            _ => {}
        }
        if let (Some(value), Some(place)) = (self.value, self.rounded_to)
            && place.is_power_of_ten()
            && !value.is_multiple_of(place)
        {
            fault(
                "rounded_to",
                "out_of_range",
                "The stated value has more digits than that. Give the place of its last digit that counts, or leave it out.",
            );
        }
        if has_value && self.value.is_none() {
            fault(
                "value",
                "required",
                "Give the stated value. If only a direction is stated, use `rose`, `fell` or `unchanged`.",
            );
        }
        if !has_value && self.value.is_some() {
            fault(
                "value",
                "not_here",
                "A statement of a direction has no value. Use another `qualifier`, such as `exact`.",
            );
        }
        if !has_value && self.rounded_to.is_some() {
            fault(
                "rounded_to",
                "not_here",
                "A statement of a direction has no value that could be rounded. Remove it.",
            );
        }
        match (qualifier, self.value, self.value_to) {
            (StatementQualifier::Range, _, None) => {
                fault("value_to", "required", "Give the upper end of the range.")
            }
            (StatementQualifier::Range, Some(value), Some(end)) if end < value => {
                fault(
                    "value_to",
                    "out_of_range",
                    "This is less than `value`. Give that value or a greater one.",
                );
            }
            (StatementQualifier::Range, ..) | (_, _, None) => {}
            _ => fault(
                "value_to",
                "not_here",
                "Only a range has an upper end. Remove it, or use the qualifier `range`.",
            ),
        }
        if self.rounded_to.is_some_and(|place| !place.is_power_of_ten()) {
            fault(
                "rounded_to",
                "out_of_range",
                "Give a power of ten from `0.000001` to `1000000000`, such as `0.1`, `1` or `1000`.",
            );
        }
    }

    fn check_indicator(&self, faults: &mut Vec<Fault>) {
        if self.indicator.is_none() && !self.codes.is_empty() {
            let detail = "Codes are those of an indicator. Name the indicator too.";
            faults.push(Fault::pointer("/codes", "needs_indicator", detail));
        }
        let compares_areas = [self.method, self.assumed_method()]
            .iter()
            .any(|method| matches!(method, StatementMethod::PeerRank | StatementMethod::PeerMean));
        if !self.peers.is_empty() && !compares_areas {
            let detail = "Only `peer_rank` and `peer_mean` compare with other areas. Use one of these methods, or remove the areas.";
            faults.push(Fault::pointer("/peers", "not_here", detail));
        }
        if self.base_period.is_some() && !takes_base_period(self.method) {
            let detail = "This method has no base period of its own. Use `since`, or remove the period.";
            faults.push(Fault::pointer("/base_period", "not_here", detail));
        }
    }

    fn check_assumption(&self, faults: &mut Vec<Fault>) {
        let Some(assumption) = &self.assumption else { return };
        let mut stated = |field: &str, detail: &str| {
            faults.push(Fault::pointer(format!("/assumption/{field}"), "stated", detail));
        };
        if assumption.method.is_some() && self.method != StatementMethod::Unstated {
            stated(
                "method",
                "The method is stated. Assume only what the source leaves open, or set `method` to `unstated`.",
            );
        }
        if assumption.period.is_some() && self.period.is_some() {
            stated("period", "The period is stated. Assume only what the source leaves open.");
        }
        if assumption.base_period.is_some() && self.base_period.is_some() {
            stated(
                "base_period",
                "The period of the base is stated. Assume only what the source leaves open.",
            );
        }
        if assumption.method == Some(StatementMethod::Unstated) {
            let detail = "Assume a method, or leave it out.";
            faults.push(Fault::pointer("/assumption/method", "out_of_range", detail));
        }
        if assumption.method.is_none() && assumption.period.is_none() && assumption.base_period.is_none() {
            let detail = "Say what is assumed: `method`, `period` or `base_period`.";
            faults.push(Fault::pointer("/assumption", "required", detail));
        }
    }

    fn assumed_method(&self) -> StatementMethod {
        let assumed = self.assumption.as_ref().and_then(|assumption| assumption.method);
        if self.method == StatementMethod::Unstated { assumed.unwrap_or(self.method) } else { self.method }
    }
}

/// Whether the base of a method is a period that the statement names.
fn takes_base_period(method: StatementMethod) -> bool {
    matches!(method, StatementMethod::Since | StatementMethod::Unstated)
}
