//! How wide text is, without knowing the font: rather too wide than too narrow, so that nothing overlaps in whichever font is there. Pure.
use std::iter::once;

/// A character's width in parts of the font's size, as wide fonts have it.
fn em(c: char) -> f64 {
    match c {
        // Marks that stand over or under the one before, joiners and what chooses a variant.
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{20d0}'..='\u{20ff}' | '\u{fe00}'..='\u{fe0f}' => 0.0,
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' ' | '(' | ')' | '[' | ']' | '·' => 0.42,
        'm' | 'w' | 'M' | 'W' | '%' | '@' | '—' | '…' => 1.02,
        'A'..='Z' => 0.78,
        '\u{1100}'..='\u{11ff}'
        | '\u{2190}'..='\u{2bff}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe4f}'
        | '\u{ff00}'..='\u{ffe6}' => 1.0,
        '\u{10000}'.. => 1.3,
        c if (c as u32) < 0x250 => 0.66,
        _ => 0.9,
    }
}

/// The width of a text in pixels.
#[must_use]
pub fn of(text: &str, size: f64) -> f64 {
    text.chars().map(em).sum::<f64>() * size
}

/// The text, with an ellipsis in its midst where it would be too wide: names that begin alike differ at their ends.
#[must_use]
pub fn fit(text: &str, size: f64, most: f64) -> String {
    if of(text, size) <= most {
        return text.to_owned();
    }
    let room = most - em('…') * size;
    let mut end = room * 0.4;
    let tail = taken(text.chars().rev(), size, &mut end);
    let mut start = room * 0.6 + end;
    let head = taken(text.chars(), size, &mut start);
    head.into_iter().chain(once('…')).chain(tail.into_iter().rev()).collect()
}

/// The characters that the room is enough for; it becomes what is left of it.
fn taken(chars: impl Iterator<Item = char>, size: f64, room: &mut f64) -> Vec<char> {
    let mut fits = |c: &char| {
        let wide = em(*c) * size;
        let there = wide <= *room;
        *room -= if there { wide } else { 0.0 };
        there
    };
    chars.take_while(|c| fits(c)).collect()
}

/// The text in lines, broken at spaces or between Han characters, the last one shortened.
#[must_use]
pub fn wrapped(text: &str, size: f64, most: f64, lines: usize) -> Vec<String> {
    let mut all = Vec::new();
    let mut rest = text.trim();
    while all.len() + 1 < lines && of(rest, size) > most {
        let (mut wide, mut cut) = (0.0, None);
        for (at, c) in rest.char_indices() {
            if c == ' ' || (em(c) == 1.0 && c > '\u{2e80}') {
                cut = Some(at);
            }
            wide += em(c) * size;
            if wide > most {
                break;
            }
        }
        let Some(cut) = cut.filter(|cut| *cut > 0) else { break };
        let (line, further) = rest.split_at(cut);
        all.push(line.trim_end().to_owned());
        rest = further.trim_start();
    }
    if !rest.is_empty() {
        all.push(fit(rest, size, most));
    }
    all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn long_texts_are_cut_and_broken() {
        assert_eq!(fit("上海华为技术有限公司", 10.0, 62.0), "上海华…公司");
        assert_eq!(fit("short", 10.0, 60.0), "short");
        assert_eq!(wrapped("one two three", 10.0, 50.0, 3), ["one two", "three"]);
        assert_eq!(wrapped("按产品的转化情况", 10.0, 40.0, 3), ["按产品的", "转化情况"]);
        assert_eq!(wrapped("", 10.0, 40.0, 3), [""; 0]);
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_its_room(text in "\\PC{0,60}", most in 20.0..300.0_f64) {
            prop_assert!(of(&fit(&text, 12.0, most), 12.0) <= most + 0.001);
            let lines = wrapped(&text, 12.0, most, 3);
            prop_assert!(lines.len() <= 3);
            for line in lines {
                prop_assert!(of(&line, 12.0) <= most + 0.001, "{line}");
            }
        }
    }
}
