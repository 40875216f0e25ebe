//! Which colour stands for what.
use super::canvas::{Anchor, Canvas};
use super::{MARGIN, Series, WIDTH, width};

/// Draws it, in as many lines as it takes, and tells where it ends.
pub fn draw(canvas: &mut Canvas, top: f64, series: &[Series]) -> f64 {
    if series.len() < 2 {
        return top;
    }
    let (mut x, mut y) = (MARGIN, top + 14.0);
    for one in series {
        let name = width::fit(&one.name, 12.0, 180.0);
        let wide = 16.0 + width::of(&name, 12.0) + 14.0;
        if x > MARGIN && x + wide > WIDTH - MARGIN {
            (x, y) = (MARGIN, y + 18.0);
        }
        canvas.bar((x, x + 11.0), (y - 10.0, 11.0), one.colour.hex(), "");
        canvas.text((x + 16.0, y), 12.0, Anchor::Start, &name).whole(&one.name).done();
        x += wide;
    }
    y + 8.0
}
