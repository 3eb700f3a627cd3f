//! Meetings: what was on the agenda, who was there by role, and what became of the minutes.

mod counts;
mod dto;
mod model;

pub use dto::{MeetingAccess, MeetingContent, MeetingQuestions, MeetingStatus};
pub use model::Meeting;
