//! The worked cases of the design, an attacker who tries out all numbers, and tables over areas, time and vintages.

mod attacker;
mod built;
mod cases;
mod planted;
mod properties;

use super::*;

/// A table of parts and totals: the total of each relation with its parts, by index.
pub fn table(people: &[i64], sums: &[(usize, &[usize])]) -> Table {
    let cell =
        |(n, people): (usize, &i64)| Cell { name: format!("{n:03}"), people: Some(*people), published: None };
    let relation = |(total, parts): &(usize, &[usize])| {
        let sum: i64 = parts.iter().map(|part| people[*part]).sum();
        let difference = people[*total] - sum;
        Relation { name: format!("sum {total}"), total: *total, parts: parts.to_vec(), difference }
    };
    Table {
        cells: people.iter().enumerate().map(cell).collect(),
        relations: sums.iter().map(relation).collect(),
    }
}

/// Parts with their total as the last cell.
pub fn row(parts: &[i64]) -> Table {
    let indexes: Vec<usize> = (0..parts.len()).collect();
    let people: Vec<i64> = parts.iter().copied().chain([parts.iter().sum()]).collect();
    table(&people, &[(parts.len(), &indexes)])
}

/// Rows and columns with totals of rows, of columns, and of all.
pub fn grid(cells: &[&[i64]]) -> Table {
    let (height, width) = (cells.len(), cells[0].len());
    let mut people = vec![];
    for row in cells {
        people.extend_from_slice(row);
        people.push(row.iter().sum());
    }
    for column in 0..=width {
        people.push((0..height).map(|row| people[row * (width + 1) + column]).sum());
    }
    let mut sums: Vec<(usize, Vec<usize>)> = vec![];
    for row in 0..=height {
        let first = row * (width + 1);
        sums.push((first + width, (first..first + width).collect()));
    }
    for column in 0..=width {
        let cell = |row: usize| row * (width + 1) + column;
        sums.push((cell(height), (0..height).map(cell).collect()));
    }
    let sums: Vec<(usize, &[usize])> = sums.iter().map(|(total, parts)| (*total, parts.as_slice())).collect();
    table(&people, &sums)
}

/// What is shown, in the notation of the design.
pub fn texts(shown: &[Shown]) -> Vec<String> {
    let text = |shown: &Shown| match shown {
        Shown::Value(people) | Shown::Rounded(people) => people.to_string(),
        Shown::Hidden(hidden) => {
            let (obs, conf) = hidden.statuses();
            format!("{}/{}", obs.code(), conf.code())
        }
        Shown::Unpublished => "-".to_owned(),
    };
    shown.iter().map(text).collect()
}

pub fn suppressed(table: &Table) -> Vec<String> {
    texts(&suppress(table, Profile::T5).unwrap().shown)
}
