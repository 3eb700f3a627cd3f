//! The content of a fund: its fields, with the bounds that are checked and documented from here.

#![warn(missing_docs)]

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use validator::Validate;

use crate::resources::shared::{AmountQualifier, FinancialYear, Money, Stage};

/// The direction of the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FundDirection {
    /// The policing body receives the money.
    MoneyIn,
    /// The policing body pays the money out.
    MoneyOut,
}

/// A fund.
#[derive(Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
pub struct FundContent {
    /// The title of the fund.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// The purpose of the fund, in words written for this record.
    #[schema(min_length = 1, max_length = 4000)]
    pub summary: Option<String>,
    /// `money_in` if the policing body receives the money, `money_out` if it pays the money out.
    pub direction: FundDirection,
    /// The organisation that provides the money.
    #[schema(min_length = 1, max_length = 150)]
    pub giver: Option<String>,
    /// The financial year of the fund.
    pub financial_year: Option<FinancialYear>,
    /// The amount of the fund.
    pub amount: Option<Money>,
    /// How exact the amount is.
    pub amount_qualifier: AmountQualifier,
    /// What the amount represents. Money received is `awarded` when it is granted and `paid` when it arrives.
    pub stage: Stage,
    /// The objectives that the fund supports.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub objectives: Vec<String>,
    /// The priorities that the fund supports.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub priorities: Vec<String>,
}

/// An example body for `POST`.
pub fn example() -> Value {
    json!({
        "reference": "FUND-SAFER-STREETS",
        "title": "Safer Streets",
        "direction": "money_in",
        "giver": "home-office",
        "financial_year": "2021-04-01/P1Y",
        "amount": {
            "amount": "432000.00",
            "currency": "GBP"
        },
        "amount_qualifier": "approximate",
        "stage": "awarded",
        "priorities": [
            "derbyshire-pcc:PRI-3"
        ]
    })
}
