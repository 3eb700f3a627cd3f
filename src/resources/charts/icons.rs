//! `GET /v1/icons/{name}.svg`: icons for the verdicts of control charts, in the manner of Making Data Count and drawn by us. The
//! name is the code that the verdict has in the JSON. Each is told apart by its drawing, not by its colour alone.

use super::model::Shape;
use super::px::Px;
use super::shapes;
use super::svg::{Anchor, Stroke, Svg};
use super::text::bold;
use super::theme::Theme;
use crate::access::rule::READ_PUBLIC;
use crate::http::operation::{Answer, ExampleCall, Handler, Method, Operation};
use crate::http::{Call, Reply};
use crate::problem::Problem;

/// An icon: the code of its verdict, what it is called, what it means, and how it is drawn.
struct Icon {
    code: &'static str,
    title: &'static str,
    meaning: &'static str,
    colour: fn(&Theme) -> &'static str,
    draw: fn(&mut Svg, &Theme, &'static str),
}

const GREY: fn(&Theme) -> &'static str = |theme| theme.muted;
const GOOD: fn(&Theme) -> &'static str = |theme| theme.series[0];
const BAD: fn(&Theme) -> &'static str = |theme| theme.signal;
const NEUTRAL: fn(&Theme) -> &'static str = |theme| theme.series[3];

const ICONS: [Icon; 9] = [
    Icon {
        code: "common_cause",
        title: "Ordinary variation",
        meaning: "The latest value lies within ordinary variation.",
        colour: GREY,
        draw: |svg, theme, colour| {
            points(svg, theme, colour, &[(16, 30), (22, 20), (28, 34), (34, 22), (40, 32), (46, 25)], 6);
        },
    },
    Icon {
        code: "improvement",
        title: "Improvement",
        meaning: "The latest value is no ordinary variation, and a change for the better.",
        colour: GOOD,
        draw: |svg, theme, colour| {
            points(svg, theme, colour, &[(13, 41), (20, 36), (27, 42), (34, 37), (41, 42), (48, 36)], 3);
            svg.path(&[at(21, 19), at(28, 26), at(41, 12)], Stroke::new(colour, 40));
        },
    },
    Icon {
        code: "concern",
        title: "Concern",
        meaning: "The latest value is no ordinary variation, and a change for the worse.",
        colour: BAD,
        draw: |svg, theme, colour| {
            points(svg, theme, colour, &[(13, 41), (20, 36), (27, 42), (34, 37), (41, 42), (48, 36)], 3);
            svg.line(at(30, 9), at(30, 21), Stroke::new(colour, 40));
            svg.rect(at(28, 24), at(4, 4), colour);
        },
    },
    Icon {
        code: "neutral_high",
        title: "Change to higher values",
        meaning: "The latest value is no ordinary variation; neither direction is better by itself.",
        colour: NEUTRAL,
        draw: |svg, _, colour| {
            svg.path(&[at(30, 46), at(30, 16)], Stroke::new(colour, 40));
            svg.path(&[at(19, 26), at(30, 15), at(41, 26)], Stroke::new(colour, 40));
        },
    },
    Icon {
        code: "neutral_low",
        title: "Change to lower values",
        meaning: "The latest value is no ordinary variation; neither direction is better by itself.",
        colour: NEUTRAL,
        draw: |svg, _, colour| {
            svg.path(&[at(30, 14), at(30, 44)], Stroke::new(colour, 40));
            svg.path(&[at(19, 34), at(30, 45), at(41, 34)], Stroke::new(colour, 40));
        },
    },
    Icon {
        code: "insufficient_data",
        title: "Too few values",
        meaning: "There are too few values to tell a change from ordinary variation.",
        colour: GREY,
        draw: |svg, theme, colour| {
            for x in [18, 30, 42] {
                shapes::draw(svg, Shape::Circle, at(x, 30), Px::of(3), colour, theme.background);
            }
        },
    },
    Icon {
        code: "consistent_pass",
        title: "Passes the target",
        meaning: "Ordinary variation always meets the target.",
        colour: GOOD,
        draw: |svg, _, colour| {
            letter(svg, "P", 30, colour);
            wave(svg, 38, 1, colour);
            svg.line(at(13, 47), at(47, 47), Stroke::new(colour, 15).dashed("4 3"));
        },
    },
    Icon {
        code: "consistent_fail",
        title: "Fails the target",
        meaning: "Ordinary variation never meets the target.",
        colour: BAD,
        draw: |svg, _, colour| {
            letter(svg, "F", 30, colour);
            svg.line(at(13, 36), at(47, 36), Stroke::new(colour, 15).dashed("4 3"));
            wave(svg, 45, 1, colour);
        },
    },
    Icon {
        code: "hit_or_miss",
        title: "Meets the target only sometimes",
        meaning: "The target lies within ordinary variation.",
        colour: GREY,
        draw: |svg, _, colour| {
            letter(svg, "?", 29, colour);
            wave(svg, 42, 2, colour);
            svg.line(at(9, 42), at(51, 42), Stroke::new(colour, 15).dashed("4 3"));
        },
    },
];

const SIZE: Px = Px::of(60);

const fn at(x: i64, y: i64) -> (Px, Px) {
    (Px::of(x), Px::of(y))
}

/// A line through points; from the one with that number on they are filled.
fn points(svg: &mut Svg, theme: &Theme, colour: &'static str, all: &[(i64, i64)], filled_from: usize) {
    let places: Vec<(Px, Px)> = all.iter().map(|(x, y)| at(*x, *y)).collect();
    svg.path(&places, Stroke::new(colour, 12));
    for (n, place) in places.into_iter().enumerate() {
        let (shape, fill) =
            if n < filled_from { (Shape::Circle, theme.background) } else { (Shape::Square, colour) };
        shapes::draw(svg, shape, place, Px::tenths(23), colour, fill);
    }
}

fn letter(svg: &mut Svg, text: &str, y: i64, colour: &str) {
    svg.write(text, at(30, y), bold(24), Anchor::Middle, colour);
}

fn wave(svg: &mut Svg, y: i64, height: i64, colour: &str) {
    let places = [(14, 2), (19, -3), (25, 3), (30, -3), (36, 3), (41, -3), (46, 2)];
    svg.path(&places.map(|(x, dy)| at(x, y + dy * height)), Stroke::new(colour, 18));
}

/// The icon of a verdict.
fn icon(code: &str, theme: &'static Theme) -> Option<String> {
    let icon = ICONS.iter().find(|icon| icon.code == code)?;
    let colour = (icon.colour)(theme);
    let mut svg = Svg::new((SIZE, SIZE), icon.title, icon.meaning);
    let ring = Stroke::new(colour, 30);
    let ring = if code == "insufficient_data" { ring.dashed("5 4") } else { ring };
    svg.element("circle")
        .px("cx", Px::of(30))
        .px("cy", Px::of(30))
        .px("r", Px::of(27))
        .set("fill", theme.background)
        .stroke(ring)
        .end();
    (icon.draw)(&mut svg, theme, colour);
    Some(svg.finish())
}

/// The operation.
pub fn operation() -> Operation {
    let mut operation =
        Operation::new(Method::Get, "/v1/icons/{name}.svg", "get_icon", READ_PUBLIC, Handler::Inline(read));
    operation.tag = "series";
    operation.path_params = vec![(
        "name",
        "The verdict, as `variation` or `assurance` of a control chart says it: `common_cause`, `improvement`, `concern`, `neutral_high`, `neutral_low`, `insufficient_data`, `consistent_pass`, `consistent_fail`, `hit_or_miss`.",
    )];
    operation.params = vec![super::request::theme_param()];
    operation.summary = "Read the icon of a verdict".to_owned();
    operation.description = "Returns an icon for the verdict of a control chart, in the manner of Making Data Count, as SVG. Its `title` says the verdict.".to_owned();
    operation.answers = vec![Answer::bytes(200, "The icon.", super::svg::MEDIA_TYPE)];
    operation.problems = vec![404];
    operation.example = Some(ExampleCall { path: "/v1/icons/improvement.svg".to_owned() });
    operation.dated = false;
    operation
}

fn read(call: &Call) -> Result<Reply, Problem> {
    let theme = Theme::named(call.params.text("theme"));
    let icon = icon(call.segment("name"), theme).ok_or_else(Problem::not_found)?;
    Ok(Reply { content_type: super::svg::MEDIA_TYPE, ..Reply::json(icon) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::spc::{Assurance, Variation};

    #[test]
    fn every_verdict_has_an_icon_of_its_own() {
        use Variation::*;
        let variations = [CommonCause, Improvement, Concern, NeutralHigh, NeutralLow, InsufficientData]
            .map(Variation::code);
        let assurances =
            [Assurance::ConsistentPass, Assurance::ConsistentFail, Assurance::HitOrMiss].map(Assurance::code);
        let codes: Vec<&str> = variations.into_iter().chain(assurances).collect();
        assert_eq!(codes, ICONS.map(|icon| icon.code));
        // In one colour they are still told apart.
        let drawings: std::collections::BTreeSet<String> = ICONS
            .iter()
            .map(|icon| {
                let mut svg = Svg::new((SIZE, SIZE), "", "");
                (icon.draw)(&mut svg, &super::super::theme::PRINT, "#000000");
                svg.finish()
            })
            .collect();
        assert_eq!(drawings.len(), ICONS.len());
    }
}
