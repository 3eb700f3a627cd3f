//! Comparisons: how a value stands against another of its series, a target, or other areas.
//!
//! The numbers are exact; [`Number`] rounds them where they are written. Each [`Comparison`] carries its receipt: the
//! inputs, the formula in words with the numbers in it, and warnings. A result that cannot be had is a [`Reason`]; a
//! comparison that makes no sense is a [`Refusal`].

mod difference;
mod level;
mod method;
mod peers;
mod reason;
mod refusal;
mod result;
mod time;
mod warning;
mod window;

#[cfg(test)]
mod tests;

pub use level::{Population, against_target, counts, population_year, rate};
pub use method::Method;
pub use peers::{Mean, Peer, Peers, peer_mean, peer_rank};
pub use reason::Reason;
pub use refusal::Refusal;
pub use result::{Comparison, Input, Number, Options, Role, Rounding, Side, Standing};
pub use time::{BaselineBase, baseline, previous, since, year_on_year};
pub use warning::Warning;
pub use window::{rolling_year, suits, year_to_date};
