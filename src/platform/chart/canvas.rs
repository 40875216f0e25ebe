//! What is drawn on: shapes and texts, written as SVG as they come.
use std::fmt::Write;

use super::{WIDTH, width};
use crate::platform::problem::Locale;

pub const INK: &str = "#222222";
pub const PALE_INK: &str = "#555555";
pub const GRID: &str = "#DDDDDD";

/// The fonts of the common systems, those with Chinese characters among them.
const FONTS: &str = "system-ui, -apple-system, 'Segoe UI', Roboto, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'WenQuanYi Zen Hei', sans-serif";

/// Where a text stands to its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// The room that a text takes: left, top, right, bottom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Room(pub f64, pub f64, pub f64, pub f64);

impl Room {
    #[must_use]
    pub fn meets(self, other: Self) -> bool {
        self.0 < other.2 && other.0 < self.2 && self.1 < other.3 && other.1 < self.3
    }
    /// The room of a text at its base line.
    #[must_use]
    pub fn of(text: &str, (x, y): (f64, f64), size: f64, anchor: Anchor) -> Self {
        let wide = width::of(text, size);
        let left = match anchor {
            Anchor::Start => x,
            Anchor::Middle => x - wide / 2.0,
            Anchor::End => x - wide,
        };
        Self(left, y - size * 0.9, left + wide, y + size * 0.25)
    }
}

/// A picture in the making.
#[derive(Debug, Default)]
pub struct Canvas {
    out: String,
    /// Where texts stand.
    pub texts: Vec<Room>,
    pub height: f64,
}

/// A text before it is drawn.
pub struct Text<'c> {
    canvas: &'c mut Canvas,
    at: (f64, f64),
    size: f64,
    anchor: Anchor,
    text: String,
    whole: Option<String>,
    colour: &'static str,
    bold: bool,
}

impl Text<'_> {
    pub const fn bold(mut self) -> Self {
        self.bold = true;
        self
    }
    pub const fn colour(mut self, colour: &'static str) -> Self {
        self.colour = colour;
        self
    }
    /// What it says without being cut, shown to whoever points at it.
    pub fn whole(mut self, whole: &str) -> Self {
        self.whole = (whole != self.text).then(|| whole.to_owned());
        self
    }
    pub fn done(self) {
        let Self { canvas, at: (x, y), size, anchor, text, whole, colour, bold } = self;
        canvas.texts.push(Room::of(&text, (x, y), size, anchor));
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let weight = if bold { " font-weight=\"600\"" } else { "" };
        let title = whole.map(|whole| format!("<title>{}</title>", escaped(&whole))).unwrap_or_default();
        canvas.put(format_args!("<text x=\"{}\" y=\"{}\" font-size=\"{size}\" fill=\"{colour}\"{anchor}{weight}>{title}{}</text>", n(x), n(y), escaped(&text)));
    }
}

impl Canvas {
    fn put(&mut self, what: std::fmt::Arguments<'_>) {
        // Writing to a String never fails.
        let _ = self.out.write_fmt(what);
        self.out.push('\n');
    }
    pub fn text(&mut self, at: (f64, f64), size: f64, anchor: Anchor, text: &str) -> Text<'_> {
        Text { canvas: self, at, size, anchor, text: text.to_owned(), whole: None, colour: INK, bold: false }
    }
    /// A filled box between two edges, whichever comes first; `about` is told to whoever points at it.
    pub fn bar(&mut self, (from, to): (f64, f64), (top, height): (f64, f64), colour: &str, about: &str) {
        let about = if about.is_empty() { String::new() } else { format!("<title>{}</title>", escaped(about)) };
        let (left, wide) = (from.min(to), (to - from).abs());
        self.put(format_args!("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{colour}\">{about}</rect>", n(left), n(top), n(wide), n(height)));
    }
    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), colour: &str) {
        self.put(format_args!("<path d=\"M{} {}L{} {}\" stroke=\"{colour}\"/>", n(from.0), n(from.1), n(to.0), n(to.1)));
    }
    /// A line through points.
    pub fn path(&mut self, points: &[(f64, f64)], colour: &str, dashed: bool) {
        let dash = if dashed { " stroke-dasharray=\"5 4\"" } else { "" };
        self.put(format_args!("<path d=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"{dash}/>", through(points)));
    }
    /// A pale area within points.
    pub fn area(&mut self, points: &[(f64, f64)], colour: &str) {
        self.put(format_args!("<path d=\"{}Z\" fill=\"{colour}\" fill-opacity=\"0.18\"/>", through(points)));
    }
    pub fn dot(&mut self, (x, y): (f64, f64), colour: &str, about: &str) {
        self.put(format_args!("<circle cx=\"{}\" cy=\"{}\" r=\"3\" fill=\"{colour}\"><title>{}</title></circle>", n(x), n(y), escaped(about)));
    }
    /// The whole document.
    pub fn finish(self, title: &str, about: &str, locale: Locale) -> String {
        let (wide, high) = (n(WIDTH), n(self.height));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {wide} {high}\" width=\"{wide}\" height=\"{high}\" role=\"img\" xml:lang=\"{}\" font-family=\"{FONTS}\">\n\
             <title>{}</title>\n<desc>{}</desc>\n<rect width=\"{wide}\" height=\"{high}\" fill=\"#FFFFFF\"/>\n{}</svg>\n",
            locale.as_str(),
            escaped(title),
            escaped(about),
            self.out
        )
    }
}

fn through(points: &[(f64, f64)]) -> String {
    points.iter().enumerate().map(|(i, (x, y))| format!("{}{} {}", if i == 0 { "M" } else { "L" }, n(*x), n(*y))).collect()
}

/// A number with at most one place.
fn n(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// Text as XML has it; what XML cannot hold is left out.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(' '),
            '\u{fffe}' | '\u{ffff}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}
