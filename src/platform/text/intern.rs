//! Texts that live as long as the program: names of fields that a company defines stand beside those that the program was built with. Each distinct
//! text is kept once and never given back, so only what administrators publish, or try to, may come here, never what any other request names.
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

static TEXTS: LazyLock<Mutex<HashMap<String, &'static str>>> = LazyLock::new(Mutex::default);
static LISTS: LazyLock<Mutex<HashMap<Vec<String>, &'static [&'static str]>>> = LazyLock::new(Mutex::default);

/// The text for ever.
#[must_use]
pub fn intern(text: &str) -> &'static str {
    let mut known = TEXTS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(kept) = known.get(text) {
        return kept;
    }
    let kept: &'static str = Box::leak(text.to_owned().into_boxed_str());
    known.insert(text.to_owned(), kept);
    kept
}

/// A list of texts for ever.
#[must_use]
pub fn intern_all(texts: &[String]) -> &'static [&'static str] {
    let mut known = LISTS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(kept) = known.get(texts) {
        return kept;
    }
    let kept: &'static [&'static str] = Box::leak(texts.iter().map(|text| intern(text)).collect());
    known.insert(texts.to_vec(), kept);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_is_kept_once() {
        assert!(std::ptr::eq(intern("custom.budget"), intern(&["custom", "budget"].join("."))));
        let words = ["a".to_owned(), "b".to_owned()];
        assert!(std::ptr::eq(intern_all(&words), intern_all(&words.clone())));
        assert_eq!(intern_all(&words), ["a", "b"]);
    }
}
