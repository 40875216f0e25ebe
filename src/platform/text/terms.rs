//! The words of a text, for full-text search: cut here, alike for both databases, which only match what they are given. Width, case and accents are
//! folded. A run of Han, kana or hangul has no blanks between its words: it is indexed as its overlapping pairs and its single characters, and
//! asked as a phrase of pairs. All else is cut at whatever is no letter and no digit, and found by its beginning.
use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Most words of one record: positions beyond are not kept by PostgreSQL.
const MOST_TERMS: usize = 16_000;
/// Most characters of a word; a longer one is cut, in the index as in the question.
const MOST_LENGTH: usize = 60;
/// Most words and most characters of a question.
const MOST_WANTED: usize = 20;
const MOST_TEXT: usize = 200;
/// Fewest digits of the end of a phone number by which it is found.
const LEAST_DIGITS: usize = 4;
/// Stands between texts, so that no phrase goes across; no word holds it.
const BREAK: &str = "·";

/// Cuts a text into runs: folded words, and whether each is of a script without blanks.
fn runs(text: &str) -> Vec<(String, bool)> {
    let folded = text.nfkd().filter(|c| !is_combining_mark(*c)).nfc().flat_map(char::to_lowercase).map(|c| if c == 'ς' { 'σ' } else { c });
    let mut runs: Vec<(String, bool)> = Vec::new();
    let mut open = false;
    for c in folded {
        if !c.is_alphanumeric() {
            open = false;
            continue;
        }
        let dense = is_dense(c);
        match runs.last_mut().filter(|(_, other)| open && *other == dense) {
            Some((run, _)) => run.push(c),
            None => runs.push((c.to_string(), dense)),
        }
        open = true;
    }
    runs
}

/// Whether a character belongs to a script that is written without blanks, or in syllables.
const fn is_dense(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{2fdf}' | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}' | '\u{3040}'..='\u{30ff}' | '\u{3105}'..='\u{312f}' | '\u{31a0}'..='\u{31bf}'
        | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

fn pairs(run: &str) -> Vec<String> {
    let characters: Vec<char> = run.chars().collect();
    characters.windows(2).map(|pair| pair.iter().collect()).collect()
}

fn cut(word: &str) -> String {
    word.chars().take(MOST_LENGTH).collect()
}

/// The words of a record, for the index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// In their order; [`BREAK`] between texts.
    words: Vec<String>,
    singles: BTreeSet<String>,
}

impl Terms {
    /// With one more text.
    #[must_use]
    pub fn text(mut self, text: Option<&str>) -> Self {
        let Some(text) = text else { return self };
        for (run, dense) in runs(text) {
            if dense {
                self.singles.extend(run.chars().map(String::from));
                self.words.extend(pairs(&run));
            } else {
                self.words.push(cut(&run));
            }
        }
        self.words.push(BREAK.into());
        self.words.truncate(MOST_TERMS);
        self
    }
    /// With a phone number: found by any of its ends, however it is written.
    #[must_use]
    pub fn phone(mut self, phone: Option<&str>) -> Self {
        let digits: String = phone.unwrap_or_default().nfkd().filter(char::is_ascii_digit).take(MOST_LENGTH).collect();
        self.singles.extend((0..=digits.len().saturating_sub(LEAST_DIGITS)).filter(|_| digits.len() >= LEAST_DIGITS).map(|from| digits[from..].to_owned()));
        self.text(phone)
    }
    /// Whether there is nothing to find it by.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.singles.is_empty() && self.words.iter().all(|word| word == BREAK)
    }
    /// With blanks between them: what SQLite's FTS5 indexes.
    #[must_use]
    pub fn spaced(&self) -> String {
        self.words.iter().chain(&self.singles).map(String::as_str).collect::<Vec<_>>().join(" ")
    }
    /// As PostgreSQL's `tsvector` is written, each word with its place.
    #[must_use]
    pub fn lexemes(&self) -> String {
        let placed = self.words.iter().enumerate().filter(|(_, word)| *word != BREAK).map(|(place, word)| format!("'{word}':{}", (place + 1).min(16_383)));
        placed.chain(self.singles.iter().map(|word| format!("'{word}'"))).collect::<Vec<_>>().join(" ")
    }
}

/// One thing to find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// A word that begins so.
    Beginning(String),
    /// This very character.
    Single(String),
    /// These words one after the other.
    Phrase(Vec<String>),
}

impl Word {
    /// In the language of FTS5.
    #[must_use]
    pub fn fts5(&self) -> String {
        match self {
            Self::Beginning(word) => format!("\"{word}\" *"),
            Self::Single(word) => format!("\"{word}\""),
            Self::Phrase(words) => format!("\"{}\"", words.join(" ")),
        }
    }
    /// As PostgreSQL's `tsquery` is written.
    #[must_use]
    pub fn tsquery(&self) -> String {
        match self {
            Self::Beginning(word) => format!("'{word}':*"),
            Self::Single(word) => format!("'{word}'"),
            Self::Phrase(words) => words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" <-> "),
        }
    }
}

/// What is searched for: all words of one of the readings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    text: String,
    /// The ways to read it; a record is found by all words of any of them.
    readings: Vec<Vec<Word>>,
    /// Words that so many records have that a record is better asked for them than they for records.
    common: Vec<Vec<bool>>,
}

impl Wanted {
    /// Reads what somebody typed; none where it holds no letter and no digit, or too much.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let runs = runs(text);
        if runs.is_empty() || runs.len() > MOST_WANTED || text.chars().count() > MOST_TEXT {
            return None;
        }
        let word = |(run, dense): &(String, bool)| match (dense, pairs(run)) {
            (false, _) => Word::Beginning(cut(run)),
            (true, pairs) if pairs.is_empty() => Word::Single(run.clone()),
            (true, pairs) => Word::Phrase(pairs),
        };
        let mut readings = vec![runs.iter().map(word).collect()];
        // Groups of digits are perhaps a phone number, which has other groups where it is stored.
        let digits: String = runs.iter().map(|(run, _)| run.as_str()).collect();
        if runs.len() > 1 && digits.len() >= LEAST_DIGITS && digits.bytes().all(|b| b.is_ascii_digit()) {
            readings.push(vec![Word::Beginning(cut(&digits))]);
        }
        let common = readings.iter().map(|words| vec![false; words.len()]).collect();
        Some(Self { text: text.to_owned(), readings, common })
    }
    /// What was typed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
    /// Says of each word of each reading whether it is common.
    pub fn weigh<E>(&mut self, mut common: impl FnMut(&[Word]) -> Result<Vec<bool>, E>) -> Result<(), E> {
        self.common = self.readings.iter().map(|words| common(words)).collect::<Result<_, E>>()?;
        Ok(())
    }
    /// The readings, each word with whether it is common.
    pub fn weighed(&self) -> impl Iterator<Item = impl Iterator<Item = (&Word, bool)>> {
        self.readings.iter().zip(&self.common).map(|(words, common)| words.iter().zip(common.iter().copied()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Whether the index would find it: the meaning that both databases are held to.
    fn finds(terms: &Terms, wanted: &str) -> bool {
        let Some(wanted) = Wanted::parse(wanted) else { return false };
        let holds = |word: &Word| match word {
            Word::Beginning(start) => terms.words.iter().chain(&terms.singles).any(|word| word.starts_with(start)),
            Word::Single(one) => terms.words.contains(one) || terms.singles.contains(one),
            Word::Phrase(words) => terms.words.windows(words.len()).any(|window| window == words),
        };
        wanted.readings.iter().any(|words| words.iter().all(holds))
    }

    #[test]
    fn chinese_is_found_by_any_part() {
        let terms = Terms::default().text(Some("上海华为技术有限公司")).text(Some("ＧＴＸ Pro 专业版"));
        for found in ["华为", "为", "上海华为技术有限公司", "技术 上海", "gtx", "ＰＲＯ", "pro专业", "GT"] {
            assert!(finds(&terms, found), "{found}");
        }
        for not in ["为华", "华技", "tx", "", "，", "公司专业"] {
            assert!(!finds(&terms, not), "{not}");
        }
    }

    #[test]
    fn accents_numbers_and_phones_are_found_as_people_type_them() {
        let terms = Terms::default().text(Some("Café Zoë, IO-000123")).phone(Some("+86 21 5555 0100"));
        for found in ["cafe", "ZOË", "zoe caf", "IO-000123", "000123", "5555 0100", "55550100", "0100", "+86 21 55550100", "8621"] {
            assert!(finds(&terms, found), "{found}");
        }
        assert!(finds(&terms, "5501 00") && !finds(&terms, "9955 01"));
        let plain = Terms::default().phone(Some("13800138000"));
        assert!(finds(&plain, "138 0013 8000") && finds(&plain, "8000") && !finds(&plain, "800 138 111"));
    }

    #[test]
    fn what_is_written_is_plain_for_both_databases() {
        let terms = Terms::default().text(Some("it's \"华为\" \\ :* & (x)"));
        assert_eq!(terms.spaced(), "it s 华为 x · 为 华");
        assert_eq!(terms.lexemes(), "'it':1 's':2 '华为':3 'x':4 '为' '华'");
        let wanted = Wanted::parse("x' OR \"y").unwrap();
        assert_eq!(wanted.readings[0].iter().map(Word::fts5).collect::<Vec<_>>(), ["\"x\" *", "\"or\" *", "\"y\" *"]);
        assert!(Terms::default().text(Some("...")).is_empty());
    }

    proptest! {
        #[test]
        fn every_stretch_of_a_chinese_text_is_found(text in "[一-十]{1,20}", from in 0_usize..20, length in 1_usize..20) {
            let part: String = text.chars().skip(from % text.chars().count()).take(length).collect();
            prop_assert!(finds(&Terms::default().text(Some("前")).text(Some(&text)), &part));
        }
        #[test]
        fn no_text_breaks_the_writing(text in "\\PC{0,80}") {
            let terms = Terms::default().text(Some(&text)).phone(Some(&text));
            prop_assert!(!terms.spaced().contains(['"', '\'', '*', '(', ':']));
            prop_assert!(terms.lexemes().split(' ').all(|l| l.is_empty() || (l.matches('\'').count() == 2 && !l.contains('\\'))));
            if let Some(wanted) = Wanted::parse(&text) {
                prop_assert!(finds(&Terms::default().text(Some(&text)), &text), "{:?}", wanted);
            }
        }
    }
}
