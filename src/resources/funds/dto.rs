//! What goes in and out, with the bounds that are checked and documented from here.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::resources::shared::{AmountQualifier, FinancialYear, Money, Stage};

/// Which way the money goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The office receives it.
    MoneyIn,
    /// The office gives it.
    MoneyOut,
}

/// A fund.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FundContent {
    /// Its title.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// What it is for, in our words.
    #[schema(min_length = 1, max_length = 4000)]
    pub summary: Option<String>,
    /// Which way the money goes.
    pub direction: Direction,
    /// The organisation that gives it.
    #[schema(min_length = 1, max_length = 150)]
    pub giver: Option<String>,
    /// The financial year that it is of.
    pub financial_year: Option<FinancialYear>,
    /// How much it is.
    pub amount: Option<Money>,
    /// How exact the amount is.
    pub amount_qualifier: AmountQualifier,
    /// What the amount is: money that came in is `awarded` when granted and `paid` when received.
    pub stage: Stage,
    /// The objectives that it serves.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub objectives: Vec<String>,
    /// The priorities that it serves.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub priorities: Vec<String>,
}

/// A body that `POST` takes.
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
