//! Bars that lie: a row a group, so that long names and many groups still read; stacked where a bar has several parts.
use super::canvas::{Anchor, Canvas, GRID, INK, PALE_INK};
use super::scale::Scale;
use super::{MARGIN, Panel, Series, WIDTH, legend, width};
use crate::platform::problem::Locale;

const ROW: f64 = 24.0;
const THICK: f64 = 15.0;
const SIZE: f64 = 12.0;

/// A group.
#[derive(Clone, Debug)]
pub struct Bar {
    pub label: String,
    /// A value for each series, in their order.
    pub values: Vec<f64>,
    /// What is written at its end.
    pub text: String,
}

/// Groups and the parts of each.
#[derive(Clone, Debug)]
pub struct Bars {
    pub series: Vec<Series>,
    pub rows: Vec<Bar>,
}

impl Bars {
    pub(super) fn draw(&self, canvas: &mut Canvas, top: f64, panel: &Panel, locale: Locale) -> f64 {
        let top = legend::draw(canvas, top, &self.series) + 6.0;
        let widest = |texts: &mut dyn Iterator<Item = &String>, most: f64| texts.map(|text| width::of(text, SIZE)).fold(0.0, f64::max).min(most);
        let left = MARGIN + widest(&mut self.rows.iter().map(|row| &row.label), 210.0) + 8.0;
        let room = widest(&mut self.rows.iter().map(|row| &row.text), 200.0);
        let right = WIDTH - MARGIN - room - 8.0;
        let ends = self.rows.iter().flat_map(|row| [sum(&row.values, |v| v > 0.0), sum(&row.values, |v| v < 0.0)]);
        let scale = Scale::over(ends, ((right - left) / 75.0) as usize, panel.whole);
        let bottom = ROW.mul_add(self.rows.len() as f64, top);
        for mark in scale.marks() {
            let x = scale.place(mark, left, right);
            canvas.line((x, top), (x, bottom + 4.0), GRID);
            canvas.text((x, bottom + 17.0), 11.0, Anchor::Middle, &scale.written(mark, locale)).colour(PALE_INK).done();
        }
        for (i, row) in self.rows.iter().enumerate() {
            let y = ROW.mul_add(i as f64, top);
            let base = y + ROW / 2.0 + 4.0;
            canvas.text((left - 8.0, base), SIZE, Anchor::End, &width::fit(&row.label, SIZE, 210.0)).whole(&row.label).done();
            let (mut up, mut down) = (0.0, 0.0);
            for (value, series) in row.values.iter().zip(&self.series) {
                let end = if *value < 0.0 { &mut down } else { &mut up };
                let from = *end;
                *end += value;
                if *value != 0.0 {
                    let about = format!("{} · {}: {}", row.label, series.name, value);
                    let edges = (scale.place(from, left, right), scale.place(*end, left, right));
                    canvas.bar(edges, (y + (ROW - THICK) / 2.0, THICK), series.colour.hex(), &about);
                }
            }
            let end = scale.place(up, left, right) + 6.0;
            canvas.text((end, base), SIZE, Anchor::Start, &width::fit(&row.text, SIZE, 200.0)).whole(&row.text).done();
        }
        let zero = scale.place(0.0, left, right);
        canvas.line((zero, top), (zero, bottom + 4.0), INK);
        canvas.text(((left + right) / 2.0, bottom + 34.0), 11.0, Anchor::Middle, &width::fit(&panel.unit, 11.0, right - left)).colour(PALE_INK).done();
        bottom + 40.0
    }
}

fn sum(values: &[f64], which: impl Fn(f64) -> bool) -> f64 {
    values.iter().copied().filter(|v| which(*v)).sum()
}
