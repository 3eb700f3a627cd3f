//! The shapes of points, and hatching.

use super::model::Shape;
use super::px::Px;
use super::svg::{Stroke, Svg};

/// Draws a point. A hollow one shows the background.
pub fn draw(svg: &mut Svg, shape: Shape, (x, y): (Px, Px), size: Px, colour: &str, fill: &str) {
    let stroke = Stroke::new(colour, 15);
    let wide = size * 13 / 10;
    match shape {
        Shape::Circle => {
            svg.element("circle")
                .px("cx", x)
                .px("cy", y)
                .px("r", size)
                .set("fill", fill)
                .stroke(stroke)
                .end();
        }
        Shape::Diamond => {
            svg.polygon(&[(x, y - wide), (x + wide, y), (x, y + wide), (x - wide, y)], fill, stroke);
        }
        Shape::Square => {
            let corner = |dx: Px, dy: Px| (x + dx, y + dy);
            let all = [corner(-size, -size), corner(size, -size), corner(size, size), corner(-size, size)];
            svg.polygon(&all, fill, stroke);
        }
        Shape::Triangle => {
            svg.polygon(&[(x, y - wide), (x + wide, y + size), (x - wide, y + size)], fill, stroke);
        }
    }
}

/// Slanting lines in a rectangle: it has no value.
pub fn hatch(svg: &mut Svg, (left, right): (Px, Px), (top, bottom): (Px, Px), colour: &str) {
    let step = Px::of(7);
    let (width, height) = (right - left, bottom - top);
    let mut at = step;
    let mut d = String::new();
    while at < width + height {
        // From the left or lower edge to the upper or right one.
        let from = (left + (at - height).max(Px::of(0)), top + at.min(height));
        let to = (left + at.min(width), top + (at - width).max(Px::of(0)));
        d.push_str(&format!("M{} {}L{} {}", from.0, from.1, to.0, to.1));
        at += step;
    }
    svg.element("path").set("d", &d).set("fill", "none").stroke(Stroke::new(colour, 6)).end();
}
