//! Pictures of figures as SVG: bars, lines with bands, funnels. No script, no style sheet and no font from elsewhere, so that the strictest page shows them;
//! colours that colour-blind people tell apart. It knows nothing of orders: what is shown, and in which words, is the caller's.
mod bars;
mod canvas;
mod funnel;
mod legend;
mod line;
mod scale;
#[cfg(test)]
mod tests;
mod width;

use canvas::{Anchor, Canvas, INK, PALE_INK};

use crate::platform::problem::Locale;

pub use bars::{Bar, Bars};
pub use canvas::escaped;
pub use funnel::{Funnel, Step};
pub use line::{Band, Line, Lines};

/// What a picture is sent as.
pub const MEDIA_TYPE: &str = "image/svg+xml";

/// The width of every picture in pixels.
pub const WIDTH: f64 = 640.0;
/// What stays free at both sides.
const MARGIN: f64 = 16.0;

/// A colour with a meaning that it keeps in all pictures. Those of Okabe and Ito, which colour-blind people tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    Good,
    Bad,
    Open,
    Idle,
    Spent,
    /// One of a series without meaning.
    Nth(usize),
}

impl Colour {
    const fn hex(self) -> &'static str {
        const SERIES: [&str; 8] = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#B8A800", "#777777"];
        match self {
            Self::Good => "#009E73",
            Self::Bad => "#D55E00",
            Self::Open => "#56B4E9",
            Self::Idle => "#A6A6A6",
            Self::Spent => "#CC79A7",
            Self::Nth(n) => SERIES[n % SERIES.len()],
        }
    }
}

/// One of the values that a mark consists of.
#[derive(Clone, Debug)]
pub struct Series {
    pub name: String,
    pub colour: Colour,
}

/// Figures of one unit, under an own heading where a picture has several.
#[derive(Clone, Debug)]
pub struct Panel {
    pub heading: Option<String>,
    /// What is counted, such as `Orders` or `CNY`: the title of the axis.
    pub unit: String,
    /// Whether the values are whole numbers, so that no mark of the axis lies between two.
    pub whole: bool,
    pub body: Body,
}

/// How figures are shown.
#[derive(Clone, Debug)]
pub enum Body {
    Bars(Bars),
    Lines(Lines),
    Funnel(Funnel),
}

/// A picture.
#[derive(Clone, Debug)]
pub struct Chart {
    pub title: String,
    /// What the figures speak of: window, basis, zone; each on a line of its own.
    pub about: Vec<String>,
    pub panels: Vec<Panel>,
    /// Said in place of figures where there are none.
    pub nothing: String,
    /// What is not shown, for example further groups.
    pub footnote: Option<String>,
    pub locale: Locale,
}

impl Chart {
    /// The picture as an SVG document.
    #[must_use]
    pub fn svg(&self) -> String {
        self.draw().finish(&self.title, &self.about.join(" · "), self.locale)
    }

    fn draw(&self) -> Canvas {
        let mut canvas = Canvas::default();
        let mut y = 14.0;
        for line in width::wrapped(&self.title, 16.0, WIDTH - 2.0 * MARGIN, 3) {
            y += 20.0;
            canvas.text((MARGIN, y), 16.0, Anchor::Start, &line).bold().done();
        }
        for line in self.about.iter().flat_map(|text| width::wrapped(text, 12.0, WIDTH - 2.0 * MARGIN, 2)) {
            y += 17.0;
            canvas.text((MARGIN, y), 12.0, Anchor::Start, &line).colour(PALE_INK).done();
        }
        y += 12.0;
        if self.panels.is_empty() {
            y += 40.0;
            canvas.text((WIDTH / 2.0, y), 14.0, Anchor::Middle, &self.nothing).colour(PALE_INK).done();
            y += 30.0;
        }
        for panel in &self.panels {
            if let Some(heading) = &panel.heading {
                y += 20.0;
                canvas.text((MARGIN, y), 13.0, Anchor::Start, &width::fit(heading, 13.0, WIDTH - 2.0 * MARGIN)).bold().done();
                y += 6.0;
            }
            y = match &panel.body {
                Body::Bars(bars) => bars.draw(&mut canvas, y, panel, self.locale),
                Body::Lines(lines) => lines.draw(&mut canvas, y, panel, self.locale),
                Body::Funnel(funnel) => funnel.draw(&mut canvas, y),
            };
            y += 10.0;
        }
        if let Some(note) = &self.footnote {
            y += 12.0;
            for line in width::wrapped(note, 12.0, WIDTH - 2.0 * MARGIN, 2) {
                canvas.text((MARGIN, y), 12.0, Anchor::Start, &line).colour(INK).done();
                y += 17.0;
            }
        }
        canvas.height = y + 6.0;
        canvas
    }
}
