//! Lines over time, with bands in which what will come is expected.
use super::canvas::{Anchor, Canvas, GRID, INK, PALE_INK, Room};
use super::scale::Scale;
use super::{MARGIN, Panel, Series, WIDTH, legend, width};
use crate::platform::problem::Locale;

const HIGH: f64 = 220.0;
const SIZE: f64 = 11.0;

/// The span in which a value is expected, by point; none where nothing is.
#[derive(Clone, Debug)]
pub struct Band {
    pub spans: Vec<Option<(f64, f64)>>,
}

/// One line.
#[derive(Clone, Debug)]
pub struct Line {
    pub series: Series,
    /// A value for each point, and how it is written; none where there is none.
    pub points: Vec<Option<(f64, String)>>,
    /// Whether it tells what is expected, not what was.
    pub dashed: bool,
    pub bands: Vec<Band>,
}

/// Lines over the same points.
#[derive(Clone, Debug)]
pub struct Lines {
    /// What the points are called, in order.
    pub labels: Vec<String>,
    pub lines: Vec<Line>,
}

impl Lines {
    pub(super) fn draw(&self, canvas: &mut Canvas, top: f64, panel: &Panel, locale: Locale) -> f64 {
        let series: Vec<Series> = self.lines.iter().map(|line| line.series.clone()).collect();
        let top = legend::draw(canvas, top, &series) + 8.0;
        canvas.text((MARGIN, top + 8.0), SIZE, Anchor::Start, &width::fit(&panel.unit, SIZE, 300.0)).colour(PALE_INK).done();
        let (top, bottom) = (top + 26.0, top + 26.0 + HIGH);
        let values = self.lines.iter().flat_map(|line| {
            let spans = line.bands.iter().flat_map(|band| band.spans.iter().flatten()).flat_map(|(low, high)| [*low, *high]);
            line.points.iter().flatten().map(|(value, _)| *value).chain(spans)
        });
        let scale = Scale::over(values, 5, panel.whole);
        let marks: Vec<(f64, String)> = scale.marks().map(|mark| (mark, scale.written(mark, locale))).collect();
        let left = MARGIN + marks.iter().map(|(_, text)| width::of(text, SIZE)).fold(0.0, f64::max) + 8.0;
        let right = WIDTH - MARGIN - 24.0;
        let y = |value: f64| scale.place(value, bottom, top);
        let gaps = self.labels.len().saturating_sub(1).max(1) as f64;
        let x = |i: usize| if self.labels.len() < 2 { (left + right) / 2.0 } else { left + 14.0 + (right - left - 14.0) * i as f64 / gaps };
        for (mark, text) in &marks {
            canvas.line((left, y(*mark)), (right, y(*mark)), if *mark == 0.0 { INK } else { GRID });
            canvas.text((left - 8.0, y(*mark) + 4.0), SIZE, Anchor::End, text).colour(PALE_INK).done();
        }
        self.draw_labels(canvas, bottom, right, &x);
        for line in &self.lines {
            line.draw(canvas, &x, &y);
        }
        self.draw_values(canvas, (left, right), &x, &y);
        bottom + 26.0
    }

    /// As many labels as there is room for, at even distances, the last point's among them.
    fn draw_labels(&self, canvas: &mut Canvas, bottom: f64, right: f64, x: &impl Fn(usize) -> f64) {
        let labels: Vec<String> = self.labels.iter().map(|label| width::fit(label, SIZE, 120.0)).collect();
        let widest = labels.iter().map(|label| width::of(label, SIZE)).fold(1.0, f64::max) + 10.0;
        let room = if labels.len() < 2 { f64::MAX } else { x(1) - x(0) };
        let every = (widest / room).ceil().max(1.0) as usize;
        let mut free = f64::MAX;
        for (i, label) in labels.iter().enumerate().rev().filter(|(i, _)| (labels.len() - 1 - i).is_multiple_of(every)) {
            let half = width::of(label, SIZE) / 2.0;
            let middle = x(i).min(right + 24.0 + MARGIN - half - 2.0).max(half + 2.0);
            // One at the edge stands further in than its point.
            if middle + half <= free {
                free = middle - half - 4.0;
                canvas.text((middle, bottom + 18.0), SIZE, Anchor::Middle, label).colour(PALE_INK).done();
            }
        }
    }

    /// The values beside their points as far as they find room: the last ones first, then the greatest and the least, then the others.
    fn draw_values(&self, canvas: &mut Canvas, (left, right): (f64, f64), x: &impl Fn(usize) -> f64, y: &impl Fn(f64) -> f64) {
        let mut wanted: Vec<(u8, usize, f64, &str)> = Vec::new();
        for line in &self.lines {
            let there: Vec<(usize, f64, &str)> =
                line.points.iter().enumerate().filter_map(|(i, p)| p.as_ref().map(|(v, text)| (i, *v, text.as_str()))).collect();
            let last = there.last().map(|p| p.0);
            let greatest = there.iter().max_by(|a, b| a.1.total_cmp(&b.1)).map(|p| p.0);
            let least = there.iter().min_by(|a, b| a.1.total_cmp(&b.1)).map(|p| p.0);
            let rank = |i| {
                if Some(i) == last {
                    0
                } else if Some(i) == greatest {
                    1
                } else {
                    2 + u8::from(Some(i) != least)
                }
            };
            // Of several lines only what stands out is written.
            let alone = self.lines.len() == 1;
            wanted.extend(there.into_iter().map(|(i, value, text)| (rank(i), i, value, text)).filter(|(rank, ..)| alone || *rank < 2));
        }
        wanted.sort_by_key(|(rank, i, ..)| (*rank, *i));
        for (_, i, value, text) in wanted {
            let half = width::of(text, SIZE) / 2.0;
            let middle = x(i).min(right + 24.0 - half).max(left + half);
            for base in [y(value) - 8.0, y(value) + 17.0] {
                let room = Room::of(text, (middle, base), SIZE, Anchor::Middle);
                if canvas.texts.iter().all(|other| !room.meets(*other)) && !self.crosses(room, x, y) {
                    canvas.text((middle, base), SIZE, Anchor::Middle, text).done();
                    break;
                }
            }
        }
    }

    /// Whether any line runs through the room.
    fn crosses(&self, room: Room, x: &impl Fn(usize) -> f64, y: &impl Fn(f64) -> f64) -> bool {
        self.lines.iter().any(|line| {
            line.points.windows(2).enumerate().any(|(i, pair)| {
                let [Some((from, _)), Some((to, _))] = pair else { return false };
                let (x0, y0, x1, y1) = (x(i), y(*from), x(i + 1), y(*to));
                (0..=8).map(|k| f64::from(k) / 8.0).any(|t| {
                    let (px, py) = (x0 + (x1 - x0) * t, y0 + (y1 - y0) * t);
                    px > room.0 && px < room.2 && py > room.1 && py < room.3
                })
            })
        })
    }
}

impl Line {
    fn draw(&self, canvas: &mut Canvas, x: &impl Fn(usize) -> f64, y: &impl Fn(f64) -> f64) {
        let colour = self.series.colour.hex();
        for band in &self.bands {
            let there: Vec<(usize, f64, f64)> = band.spans.iter().enumerate().filter_map(|(i, span)| span.map(|(low, high)| (i, low, high))).collect();
            let upper = there.iter().map(|(i, _, high)| (x(*i), y(*high)));
            let lower = there.iter().rev().map(|(i, low, _)| (x(*i), y(*low)));
            let around: Vec<(f64, f64)> = upper.chain(lower).collect();
            if there.len() > 1 {
                canvas.area(&around, colour);
            }
        }
        for run in self.points.iter().enumerate().collect::<Vec<_>>().split(|(_, point)| point.is_none()) {
            let points: Vec<(f64, f64)> = run.iter().filter_map(|(i, point)| point.as_ref().map(|(value, _)| (x(*i), y(*value)))).collect();
            if points.len() > 1 {
                canvas.path(&points, colour, self.dashed);
            }
        }
        for (i, point) in self.points.iter().enumerate() {
            if let Some((value, text)) = point {
                canvas.dot((x(i), y(*value)), colour, &format!("{}: {text}", self.series.name));
            }
        }
    }
}
