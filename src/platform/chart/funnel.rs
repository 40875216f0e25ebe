//! A funnel: steps under each other, each as wide as what came through.
use super::canvas::{Anchor, Canvas};
use super::{Colour, MARGIN, WIDTH, width};

const ROW: f64 = 34.0;
const SIZE: f64 = 12.0;

/// A step of a funnel.
#[derive(Clone, Debug)]
pub struct Step {
    pub label: String,
    pub value: f64,
    /// What is written beside it.
    pub text: String,
}

/// Steps in their order.
#[derive(Clone, Debug)]
pub struct Funnel {
    pub steps: Vec<Step>,
}

impl Funnel {
    pub(super) fn draw(&self, canvas: &mut Canvas, top: f64) -> f64 {
        let widest = |texts: &mut dyn Iterator<Item = &String>| texts.map(|text| width::of(text, SIZE)).fold(0.0, f64::max).min(180.0);
        let left = MARGIN + widest(&mut self.steps.iter().map(|step| &step.label)) + 10.0;
        let right = WIDTH - MARGIN - widest(&mut self.steps.iter().map(|step| &step.text)) - 10.0;
        let most = self.steps.iter().map(|step| step.value).fold(1.0, f64::max);
        let middle = (left + right) / 2.0;
        for (i, step) in self.steps.iter().enumerate() {
            let y = ROW.mul_add(i as f64, top + 6.0);
            let half = (right - left) / 2.0 * (step.value.max(0.0) / most);
            let base = y + ROW / 2.0 + 2.0;
            canvas.bar((middle - half, middle + half), (y, ROW - 6.0), Colour::Nth(0).hex(), &format!("{}: {}", step.label, step.text));
            canvas.text((left - 10.0, base), SIZE, Anchor::End, &width::fit(&step.label, SIZE, 180.0)).whole(&step.label).done();
            canvas.text((right + 10.0, base), SIZE, Anchor::Start, &width::fit(&step.text, SIZE, 180.0)).whole(&step.text).done();
        }
        ROW.mul_add(self.steps.len() as f64, top + 6.0)
    }
}
