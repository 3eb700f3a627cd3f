//! The series of a picture with their figures, and what they are called.

use std::sync::Arc;

use crate::resources::series::{Cell, Figures, SeriesInfo};

/// One of the series of a picture.
pub struct Shows {
    pub figures: Figures,
    pub series: Arc<SeriesInfo>,
    pub cells: Vec<Cell>,
}

/// The names of a series' codes, in the order of the dimensions.
fn names(one: &Shows) -> Vec<String> {
    let dimensions = &one.figures.content().dimensions;
    let name = |(code, dimension): (&str, &crate::resources::indicators::Dimension)| {
        let known = dimension.codes.iter().find(|known| known.code == code);
        known.map_or_else(|| code.to_owned(), |known| known.name.clone())
    };
    one.figures.codes_of(&one.series).into_iter().zip(dimensions).map(name).collect()
}

/// Whether all series are of one indicator, and the positions of the dimensions in which they differ.
fn differences(shows: &[Shows]) -> (bool, Vec<usize>) {
    let same = shows.iter().all(|one| one.figures.row.record == shows[0].figures.row.record);
    let all: Vec<Vec<String>> = shows.iter().map(names).collect();
    let differs = |n: &usize| all.iter().any(|names| names.get(*n) != all[0].get(*n));
    (same, (0..all[0].len()).filter(differs).collect())
}

/// The title of the indicator with what all series have in common.
pub fn title(shows: &[Shows]) -> String {
    let (same, differing) = differences(shows);
    if !same {
        let mut titles: Vec<&str> = vec![];
        for title in shows.iter().map(|one| one.figures.content().title.as_str()) {
            if !titles.contains(&title) {
                titles.push(title);
            }
        }
        return titles.join("; ");
    }
    let common: Vec<String> = names(&shows[0])
        .into_iter()
        .enumerate()
        .filter(|(n, _)| !differing.contains(n))
        .map(|(_, name)| name)
        .collect();
    let title = &shows[0].figures.content().title;
    if common.is_empty() { title.clone() } else { format!("{title}: {}", common.join(", ")) }
}

/// What each series is called in the picture.
pub fn labels(shows: &[Shows]) -> Vec<String> {
    let (same, differing) = differences(shows);
    let of = |one: &Shows| {
        let names = names(one);
        match same {
            true if differing.is_empty() => names.join(", "),
            true => differing.iter().filter_map(|n| names.get(*n).cloned()).collect::<Vec<_>>().join(", "),
            false => format!("{}: {}", one.figures.content().title, names.join(", ")),
        }
    };
    shows.iter().map(of).collect()
}
