//! A small writer of SVG. Lengths are whole tenths of a pixel, so that a drawing is exact and the same everywhere. Every text and
//! every value is escaped. There are no styles, no scripts, no links and no ids: several pictures fit into one page.

use std::fmt::Write;

use quick_xml::escape::escape;

use super::px::Px;
use super::text::{FAMILY, Face};

/// The media type.
pub const MEDIA_TYPE: &str = "image/svg+xml";

/// An SVG while it is written.
pub struct Svg {
    text: String,
    open: Vec<&'static str>,
}

/// An element whose attributes are being written.
pub struct Element<'a> {
    svg: &'a mut Svg,
    name: &'static str,
}

/// Where a text is fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

impl Svg {
    /// An image of this size. A screen reader says its title and its description.
    pub fn new((width, height): (Px, Px), title: &str, description: &str) -> Svg {
        let mut svg = Svg { text: String::new(), open: vec![] };
        svg.element("svg")
            .set("xmlns", "http://www.w3.org/2000/svg")
            .px("width", width)
            .px("height", height)
            .set("viewBox", &format!("0 0 {width} {height}"))
            .set("role", "img")
            .set("font-family", FAMILY)
            .open();
        svg.element("title").text(title);
        svg.element("desc").text(description);
        svg
    }

    /// Begins an element.
    pub fn element(&mut self, name: &'static str) -> Element<'_> {
        self.text.push('<');
        self.text.push_str(name);
        Element { svg: self, name }
    }

    /// Closes the innermost open element.
    pub fn close(&mut self) {
        if let Some(name) = self.open.pop() {
            let _ = write!(self.text, "</{name}>");
        }
    }

    /// A group whose elements mean the same: `class` says what, for programs that read the picture.
    pub fn group(&mut self, class: &str) {
        self.element("g").set("class", class).open();
    }

    /// A straight line.
    pub fn line(&mut self, (x1, y1): (Px, Px), (x2, y2): (Px, Px), stroke: Stroke<'_>) {
        self.element("line").px("x1", x1).px("y1", y1).px("x2", x2).px("y2", y2).stroke(stroke).end();
    }

    /// A line through some points.
    pub fn path(&mut self, points: &[(Px, Px)], stroke: Stroke<'_>) {
        let mut d = String::new();
        for (n, (x, y)) in points.iter().enumerate() {
            let _ = write!(d, "{}{x} {y}", if n == 0 { "M" } else { "L" });
        }
        self.element("path").set("d", &d).set("fill", "none").stroke(stroke).end();
    }

    /// A filled area between some points.
    pub fn polygon(&mut self, points: &[(Px, Px)], fill: &str, stroke: Stroke<'_>) {
        let points: Vec<String> = points.iter().map(|(x, y)| format!("{x},{y}")).collect();
        self.element("polygon").set("points", &points.join(" ")).set("fill", fill).stroke(stroke).end();
    }

    /// A filled rectangle.
    pub fn rect(&mut self, (x, y): (Px, Px), (width, height): (Px, Px), fill: &str) {
        self.element("rect")
            .px("x", x)
            .px("y", y)
            .px("width", width)
            .px("height", height)
            .set("fill", fill)
            .end();
    }

    /// A text whose base line begins, ends or has its middle at a point.
    pub fn write(&mut self, text: &str, (x, y): (Px, Px), face: Face, anchor: Anchor, fill: &str) {
        let mut element = self.element("text").px("x", x).px("y", y).set("font-size", &face.size.to_string());
        if face.bold {
            element = element.set("font-weight", "bold");
        }
        let element = match anchor {
            Anchor::Start => element,
            Anchor::Middle => element.set("text-anchor", "middle"),
            Anchor::End => element.set("text-anchor", "end"),
        };
        element.set("fill", fill).text(text);
    }

    /// The picture, complete.
    pub fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        self.text.push('\n');
        self.text
    }
}

/// How a line looks.
#[derive(Clone, Copy, Debug)]
pub struct Stroke<'a> {
    pub colour: &'a str,
    pub width: Px,
    /// Lengths of dashes and gaps; none for a whole line.
    pub dash: &'a str,
}

impl<'a> Stroke<'a> {
    /// A whole line.
    pub fn new(colour: &'a str, tenths: i64) -> Stroke<'a> {
        Stroke { colour, width: Px::tenths(tenths), dash: "" }
    }

    /// The stroke in dashes.
    pub fn dashed(self, dash: &'a str) -> Stroke<'a> {
        Stroke { dash, ..self }
    }
}

impl Element<'_> {
    /// An attribute.
    pub fn set(self, name: &str, value: &str) -> Self {
        let _ = write!(self.svg.text, " {name}=\"{}\"", escape(valid(value)));
        self
    }

    /// A length.
    pub fn px(self, name: &str, value: Px) -> Self {
        let _ = write!(self.svg.text, " {name}=\"{value}\"");
        self
    }

    /// How its line looks.
    pub fn stroke(self, stroke: Stroke<'_>) -> Self {
        let element = self.set("stroke", stroke.colour).px("stroke-width", stroke.width);
        match stroke.dash {
            "" => element.set("stroke-linejoin", "round"),
            dash => element.set("stroke-dasharray", dash),
        }
    }

    /// Ends it, without content.
    pub fn end(self) {
        self.svg.text.push_str("/>");
    }

    /// Ends it, with a text in it.
    pub fn text(self, text: &str) {
        let _ = write!(self.svg.text, ">{}</{}>", escape(valid(text)), self.name);
    }

    /// Leaves it open for other elements.
    pub fn open(self) {
        self.svg.text.push('>');
        self.svg.open.push(self.name);
    }
}

/// The text without what XML cannot have, even escaped.
fn valid(text: &str) -> String {
    let refused = |letter: char| {
        letter.is_control() && !matches!(letter, '\t' | '\n' | '\r')
            || matches!(letter, '\u{fffe}' | '\u{ffff}')
    };
    text.chars().map(|letter| if refused(letter) { '\u{fffd}' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_text_is_text_and_nothing_else(title in any::<String>(), text in any::<String>()) {
            let mut svg = Svg::new((Px::of(10), Px::of(10)), &title, &text);
            svg.group(&text);
            svg.write(&title, (Px::of(1), Px::of(2)), super::super::text::plain(10), Anchor::End, &text);
            let written = svg.finish();
            let read = roxmltree::Document::parse(&written).unwrap();
            prop_assert_eq!(read.descendants().filter(|node| node.is_element()).count(), 5);
        }
    }
}
