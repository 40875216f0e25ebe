//! Folding of text: what is stored, what look-up compares, what must be unique, what is near. It knows neither records nor faults of the wire.
pub mod intern;
pub mod terms;

use std::borrow::Cow;

use unicode_normalization::char::is_combining_mark;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

/// How alike two names must be to be called near, from 0 to 1.
const NEAR: f64 = 0.6;
/// How much of what was typed is compared with names: more than any name has, so that no body makes the search slow.
const MOST_COMPARED: usize = 200;

/// Why a text cannot be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextFault {
    /// It holds NUL or another control character.
    Control,
}

/// The text as it is stored: trimmed and NFC; line breaks and tabs are kept where it may have several lines, and no other control character ever.
pub fn clean(text: &str, multiline: bool) -> Result<String, TextFault> {
    let text = text.trim();
    if text.chars().any(|c| c.is_control() && !(multiline && matches!(c, '\n' | '\t'))) {
        return Err(TextFault::Control);
    }
    Ok(text.nfc().collect())
}

/// What look-up compares: width and case folded, every run of white space one blank, none at the ends.
#[must_use]
pub fn lookup_key(text: &str) -> String {
    if text.is_ascii() {
        // Most names are plain; look-up among thousands of them need not ask the tables.
        return one_blank(&text.to_ascii_lowercase());
    }
    // Letter by letter, and with one sigma, so that what follows a letter never decides how it folds; lower case may leave marks to be put together again.
    let lower: String = nfkc(text).chars().flat_map(char::to_lowercase).map(|c| if c == 'ς' { 'σ' } else { c }).collect();
    one_blank(&nfkc(&lower))
}

/// What must be unique across products: the look-up key without any white space.
#[must_use]
pub fn identity_key(text: &str) -> String {
    without_blanks(&lookup_key(text))
}

/// The names nearest to what was typed, best first, at most so many, equals in the order given; spaces, case and width make no difference.
#[must_use]
pub fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>, most: usize) -> Vec<String> {
    let head: String = wanted.chars().take(MOST_COMPARED).collect();
    let wanted = Folded::new(&head);
    if wanted.identity.is_empty() || most == 0 {
        return Vec::new();
    }
    let mut found: Vec<(f64, &str)> = names.map(|name| (wanted.likeness(&Folded::new(name)), name)).filter(|(likeness, _)| *likeness >= NEAR).collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found.into_iter().take(most).map(|(_, name)| name.to_owned()).collect()
}

/// Lower-case ASCII letters and digits, all else a dot between them (`Moses Frase` → `moses.frase`); a text without any becomes `u` and its hash.
#[must_use]
pub fn slug(text: &str) -> String {
    let plain: String = text.nfkd().filter(|c| !is_combining_mark(*c)).map(|c| c.to_ascii_lowercase()).collect();
    let slug = plain.split(|c: char| !c.is_ascii_alphanumeric()).filter(|run| !run.is_empty()).collect::<Vec<_>>().join(".");
    if slug.is_empty() { format!("u{:016x}", fnv1a(lookup_key(text).as_bytes())) } else { slug }
}

fn nfkc(text: &str) -> Cow<'_, str> {
    if is_nfkc_quick(text.chars()) == IsNormalized::Yes { Cow::Borrowed(text) } else { Cow::Owned(text.nfkc().collect()) }
}

fn one_blank(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !key.is_empty() {
            key.push(' ');
        }
        key.push_str(word);
    }
    key
}

fn without_blanks(key: &str) -> String {
    if !key.contains(' ') {
        return key.to_owned();
    }
    // A mark that stood behind a blank now stands behind a letter and may become one with it.
    let joined = key.replace(' ', "");
    if joined.is_ascii() { joined } else { nfkc(&joined).into_owned() }
}

fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// A name by both keys, and how often it has each kind of character.
struct Folded {
    lookup: String,
    identity: String,
    length: usize,
    blanks: usize,
    counts: [u8; 64],
}

impl Folded {
    fn new(name: &str) -> Self {
        let lookup = lookup_key(name);
        let identity = without_blanks(&lookup);
        let (mut counts, mut length) = ([0_u8; 64], 0);
        for c in identity.chars() {
            let count = &mut counts[c as usize % 64];
            *count = count.saturating_add(1);
            length += 1;
        }
        let blanks = lookup.bytes().filter(|b| *b == b' ').count();
        Self { lookup, identity, length, blanks, counts }
    }

    /// From 0 to 1; at least [`NEAR`] where one contains the other.
    fn likeness(&self, name: &Self) -> f64 {
        let (short, long) = if self.length <= name.length { (self, name) } else { (name, self) };
        // A single letter is contained in nearly everything and says nothing.
        if short.length >= 2 && long.identity.contains(&short.identity) {
            return (1.0 - NEAR).mul_add(short.length as f64 / long.length as f64, NEAR);
        }
        // Characters not shared must each be edited: most names end here, without the distance being counted. Blanks are shared at best.
        let shared: usize = self.counts.iter().zip(&name.counts).map(|(a, b)| usize::from(*a.min(b))).sum();
        let blanks = self.blanks.min(name.blanks);
        if ((shared + blanks) as f64) < NEAR * (long.length + blanks) as f64 {
            return 0.0;
        }
        let joined = similarity(&self.identity, &name.identity);
        if self.blanks + name.blanks == 0 { joined } else { joined.max(similarity(&self.lookup, &name.lookup)) }
    }
}

/// One less the share of characters to be edited, two swapped neighbours being one edit.
fn similarity(a: &str, b: &str) -> f64 {
    let longer = a.chars().count().max(b.chars().count());
    if longer == 0 { 1.0 } else { 1.0 - strsim::osa_distance(a, b) as f64 / longer as f64 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn stored_text_is_trimmed_composed_and_free_of_controls() {
        for (text, multiline, expected) in [
            ("  Spring refit \n", false, Ok("Spring refit")),
            ("cafe\u{301}", false, Ok("café")),
            ("\u{3000}春季改造\u{3000}", false, Ok("春季改造")),
            ("ＧＴＸ", false, Ok("ＧＴＸ")),
            ("", false, Ok("")),
            ("a\nb\tc", true, Ok("a\nb\tc")),
            ("a\nb", false, Err(TextFault::Control)),
            ("a\tb", false, Err(TextFault::Control)),
            ("a\u{0}b", true, Err(TextFault::Control)),
            ("a\rb", true, Err(TextFault::Control)),
            ("a\u{7f}b", true, Err(TextFault::Control)),
            ("a\u{9f}b", true, Err(TextFault::Control)),
        ] {
            assert_eq!(clean(text, multiline).as_deref(), expected.as_ref().copied(), "{text:?}");
        }
    }

    #[test]
    fn keys_fold_case_width_and_white_space() {
        for (text, lookup, identity) in [
            ("GTX Pro", "gtx pro", "gtxpro"),
            ("gtx  \t pro ", "gtx pro", "gtxpro"),
            ("ＧＴＸ\u{3000}Ｐｒｏ", "gtx pro", "gtxpro"),
            ("GTXPro", "gtxpro", "gtxpro"),
            ("智能\u{a0}电表 ＡＢ型", "智能 电表 ab型", "智能电表ab型"),
            ("ÉCLAIR", "éclair", "éclair"),
            ("ΟΔΟΣ Α", "οδοσ α", "οδοσα"),
            ("İ", "i\u{307}", "i\u{307}"),
            ("a \u{301}", "a \u{301}", "á"),
            (" \u{3000} ", "", ""),
        ] {
            assert_eq!((lookup_key(text).as_str(), identity_key(text).as_str()), (lookup, identity), "{text:?}");
        }
    }

    #[test]
    fn the_nearest_names_come_best_first() {
        let products = ["GTX Basic", "GTX Pro", "MG Special", "MG Advanced", "GTX Plus Basic", "GTX Plus Pro", "GTK 500", "智能电表", "智能水表", "空气净化器"];
        for (wanted, most, expected) in [
            ("GTXPro", 1, vec!["GTX Pro"]),
            ("ｇｔｘ\u{3000}ｐｒｏ", 1, vec!["GTX Pro"]),
            ("GXT Pro", 1, vec!["GTX Pro"]),
            ("GTX Pro", 3, vec!["GTX Pro", "GTX Plus Pro"]),
            ("special", 2, vec!["MG Special"]),
            ("gtk", 5, vec!["GTK 500"]),
            ("智能电錶", 2, vec!["智能电表"]),
            ("电表", 2, vec!["智能电表"]),
            ("净化器空气", 2, vec![]),
            ("completely else", 3, vec![]),
            ("x", 3, vec![]),
            ("  ", 3, vec![]),
            ("GTX Pro", 0, vec![]),
        ] {
            assert_eq!(nearest(wanted, products.into_iter(), most), expected, "{wanted}");
        }
    }

    #[test]
    fn equally_near_names_keep_their_order() {
        assert_eq!(nearest("model 3", ["model 2", "model 1"].into_iter(), 2), ["model 2", "model 1"]);
        assert_eq!(nearest("model 3", ["model 1", "model 2"].into_iter(), 2), ["model 1", "model 2"]);
    }

    #[test]
    fn slugs_are_plain_and_never_empty() {
        for (text, expected) in [
            ("Moses Frase", "moses.frase"),
            ("  Zoë--O'Neil 2 ", "zoe.o.neil.2"),
            ("Ｇａｒｒｅｔ", "garret"),
            ("李 Lei", "lei"),
            ("", "ucbf29ce484222325"),
            ("张伟", "uaa34612520c8c319"),
        ] {
            assert_eq!(slug(text), expected, "{text}");
        }
        assert_ne!(slug("张伟"), slug("王芳"));
        assert_eq!(slug("张伟"), slug(" 张伟\u{3000}"));
    }

    proptest! {
        #[test]
        fn keys_are_stable(text in any::<String>()) {
            let (lookup, identity) = (lookup_key(&text), identity_key(&text));
            prop_assert_eq!(&lookup_key(&lookup), &lookup);
            prop_assert_eq!(&identity_key(&identity), &identity);
            prop_assert_eq!(identity_key(&lookup), identity);
        }

        #[test]
        fn keys_are_stable_among_marks_blanks_and_cases(text in "[aIiKſßΣςİǅ\u{345}\u{301}\u{307}\u{308}\u{323}\u{a8}\u{2028}\u{3000} Å각각ﬁＧ]{0,12}") {
            let (lookup, identity) = (lookup_key(&text), identity_key(&text));
            prop_assert_eq!(&lookup_key(&lookup), &lookup);
            prop_assert_eq!(&identity_key(&identity), &identity);
            prop_assert_eq!(identity_key(&lookup), identity);
        }

        #[test]
        fn spaces_and_case_never_hide_a_name(name in "[a-z]{2,6}( [a-z0-9]{1,6}){0,2}", other in "[a-z0-9 ]{0,12}") {
            prop_assume!(identity_key(&other) != identity_key(&name));
            let typed = name.replace(' ', "").to_uppercase();
            prop_assert_eq!(nearest(&typed, [other.as_str(), name.as_str()].into_iter(), 1), [name]);
        }

        #[test]
        fn what_is_passed_over_is_not_near(a in "[a-d ]{1,8}", b in "[a-d ]{1,8}") {
            let near = similarity(&identity_key(&a), &identity_key(&b)).max(similarity(&lookup_key(&a), &lookup_key(&b))) >= NEAR;
            let blank = identity_key(&a).is_empty() || identity_key(&b).is_empty();
            prop_assert!(blank || !near || !nearest(&a, [b.as_str()].into_iter(), 1).is_empty());
        }

        #[test]
        fn no_text_panics(text in any::<String>(), name in any::<String>()) {
            let _ = clean(&text, true);
            prop_assert!(!slug(&text).is_empty());
            prop_assert!(nearest(&text, [name.as_str(), "GTX Pro"].into_iter(), 5).len() <= 2);
        }

        #[test]
        fn stored_text_is_stable(text in any::<String>()) {
            if let Ok(clean_text) = clean(&text, true) {
                prop_assert_eq!(clean(&clean_text, true), Ok(clean_text));
            }
        }
    }
}
