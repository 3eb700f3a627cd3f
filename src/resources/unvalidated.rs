//! The contents whose rules are not in their `Validate` yet: their kinds check them in `Kind::check`. A content leaves
//! this list when it implements `Validate` itself; when the list is empty, both go.

use validator::{Validate, ValidationErrors};

use crate::record::kind::Kind;

macro_rules! without_rules {
    ($($module:ident :: $kind:ident),* $(,)?) => {
        $(impl Validate for <super::$module::$kind as Kind>::Content {
            fn validate(&self) -> Result<(), ValidationErrors> {
                Ok(())
            }
        })*
    };
}

without_rules! {
    actions::Action,
    areas::Area,
    assessments::Assessment,
    bodies::PolicingBody,
    funds::Fund,
    grants::Grant,
    indicators::Indicator,
    objectives::Objective,
    office_terms::OfficeTerm,
    organisations::Organisation,
    plans::Plan,
    pledges::Pledge,
    priorities::Priority,
    releases::Release,
    services::Service,
    sources::Source,
    themes::Theme,
}
