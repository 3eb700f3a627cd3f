//! The colours of pictures. Texts have a contrast of 4.5 to 1 at least with what they stand on, lines and shapes of 3 to 1
//! (WCAG 2.2, AA); nothing is told apart by colour alone.

/// The colours of a picture.
#[derive(Debug)]
pub struct Theme {
    pub background: &'static str,
    /// Titles, axes and the lines of targets.
    pub ink: &'static str,
    /// Ticks, notes and limits.
    pub muted: &'static str,
    /// Lines that only help the eye; they say nothing.
    pub grid: &'static str,
    /// Hatching of gaps.
    pub hatch: &'static str,
    /// Points that are no ordinary variation.
    pub signal: &'static str,
    /// The series, in their order.
    pub series: [&'static str; 7],
}

pub const LIGHT: Theme = Theme {
    background: "#ffffff",
    ink: "#17212b",
    muted: "#55616d",
    grid: "#dfe4e9",
    hatch: "#76808a",
    signal: "#b3400a",
    series: ["#0b5394", "#a8281f", "#1b6e3a", "#7a3e9d", "#805300", "#00666f", "#4a4a4a"],
};

pub const DARK: Theme = Theme {
    background: "#12181f",
    ink: "#eef2f6",
    muted: "#aab5c0",
    grid: "#2b353f",
    hatch: "#71808d",
    signal: "#ffb454",
    series: ["#8ab4f8", "#ff8a80", "#81c995", "#d7aefb", "#fdd663", "#78d9ec", "#c4c7cc"],
};

/// For a printer without colours.
pub const PRINT: Theme = Theme {
    background: "#ffffff",
    ink: "#000000",
    muted: "#3d3d3d",
    grid: "#d0d0d0",
    hatch: "#808080",
    signal: "#000000",
    series: ["#000000", "#5a5a5a", "#000000", "#5a5a5a", "#000000", "#5a5a5a", "#000000"],
};

/// The dashes of the series, in their order.
pub const DASHES: [&str; 7] = ["", "7 3", "2 3", "10 3 2 3", "5 5", "12 4", "3 2"];

impl Theme {
    /// The names of the themes.
    pub const NAMES: [&str; 3] = ["light", "dark", "print"];

    /// The theme of this name; the light one by default.
    pub fn named(name: Option<&str>) -> &'static Theme {
        match name {
            Some("dark") => &DARK,
            Some("print") => &PRINT,
            _ => &LIGHT,
        }
    }
}
