//! Whatever the figures, texts stay within the picture and apart from each other.
use proptest::prelude::*;

use super::canvas::Room;
use super::*;

fn label() -> impl Strategy<Value = String> {
    // No word looks like a number that is none.
    prop_oneof!["[a-e]{1,12}", "[A-Z][a-h ]{20,80}", "[\u{4e00}-\u{4eff}]{2,40}", Just("<b>&\"'\u{7}".to_owned())]
}
fn value() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), 0.0..10.0_f64, 0.0..1e12_f64, -1e9..1e9_f64]
}

fn body() -> impl Strategy<Value = Body> {
    let bars = (1_usize..6, proptest::sample::select(vec![1_usize, 3, 12, 30])).prop_flat_map(|(parts, rows)| {
        let row = (label(), proptest::collection::vec(value(), parts)).prop_map(|(label, values)| Bar { label, text: format!("{:.2}", values[0]), values });
        (proptest::collection::vec(row, rows), proptest::collection::vec(label(), parts)).prop_map(|(rows, names)| {
            let series = names.into_iter().enumerate().map(|(i, name)| Series { name, colour: Colour::Nth(i) }).collect();
            Body::Bars(Bars { series, rows })
        })
    });
    let lines = (1_usize..5, proptest::sample::select(vec![1_usize, 2, 3, 12, 30, 120])).prop_flat_map(|(lines, points)| {
        let point = proptest::option::weighted(0.9, value().prop_map(|v| (v, format!("{v:.2}"))));
        let spans = proptest::collection::vec(proptest::option::of((value(), value()).prop_map(|(a, b)| (a.min(b), a.max(b)))), points);
        let line = (label(), proptest::collection::vec(point, points), any::<bool>(), proptest::collection::vec(spans.prop_map(|spans| Band { spans }), 0..3))
            .prop_map(|(name, points, dashed, bands)| Line { series: Series { name, colour: Colour::Nth(0) }, points, dashed, bands });
        (proptest::collection::vec(label(), points), proptest::collection::vec(line, lines)).prop_map(|(labels, lines)| Body::Lines(Lines { labels, lines }))
    });
    let step = (label(), 0.0..1e9_f64).prop_map(|(label, value)| Step { label, value, text: format!("{value:.0} (40%)") });
    prop_oneof![bars, lines, proptest::collection::vec(step, 1..12).prop_map(|steps| Body::Funnel(Funnel { steps }))]
}

fn chart() -> impl Strategy<Value = Chart> {
    let panel = (proptest::option::of(label()), label(), any::<bool>(), body()).prop_map(|(heading, unit, whole, body)| Panel { heading, unit, whole, body });
    let words = (label(), proptest::collection::vec(label(), 0..3), proptest::option::of(label()));
    (words, proptest::collection::vec(panel, 0..3), any::<bool>()).prop_map(|((title, about, footnote), panels, english)| Chart {
        title,
        about,
        panels,
        nothing: "没有订单".into(),
        footnote,
        locale: if english { Locale::En } else { Locale::ZhCn },
    })
}

proptest! {
    #[test]
    fn texts_stay_within_and_apart(chart in chart()) {
        let canvas = chart.draw();
        let within = |room: &Room| room.0 >= 0.0 && room.2 <= WIDTH + 0.001 && room.1 >= 0.0 && room.3 <= canvas.height;
        for (i, room) in canvas.texts.iter().enumerate() {
            prop_assert!(within(room), "{room:?} of {}", canvas.height);
            for other in &canvas.texts[i + 1..] {
                prop_assert!(!room.meets(*other), "{room:?} {other:?}");
            }
        }
    }

    #[test]
    fn it_is_plain_xml(chart in chart()) {
        let svg = chart.svg();
        for never in ["NaN", "\"inf", "\"-inf", " inf", "<b>", "\u{7}", "<script", "href", "<style"] {
            let there = svg.contains(never);
            prop_assert!(!there, "{never}");
        }
        let mut open = Vec::new();
        for tag in svg.split('<').skip(1).filter_map(|piece| piece.split_once('>').map(|(tag, _)| tag)) {
            let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or_default();
            if tag.starts_with('/') {
                prop_assert_eq!(open.pop(), Some(name));
            } else if !tag.ends_with('/') {
                open.push(name);
            }
        }
        prop_assert!(open.is_empty());
    }
}
