//! Finds a person in texts and takes the person out: by name, e-mail and phone, however these are written. Pure; it knows no table.
//! Whoever keeps copies of records (stored answers, search indexes, files) takes a person out of them with [`redact`] or [`Personal::without`].
use std::ops::Range;

use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

use super::db::Id;

/// What stands in the place of what was taken out of a text.
pub const MARK: &str = "[erased]";
/// A number with fewer digits is that of an extension or an office: it tells a person only where it stands alone.
const FEWEST_DIGITS: usize = 7;
/// How many other characters may part the digits of one number.
const WIDEST_GAP: usize = 3;

/// What a person is known by.
#[derive(Clone, Debug, Default)]
pub struct Personal {
    /// Names: whole words.
    names: Vec<Vec<char>>,
    /// E-mail addresses and phones as they are written.
    literals: Vec<Vec<char>>,
    /// The digits of phones, without leading zeros.
    numbers: Vec<String>,
    /// Says who somebody is only beside one of the others.
    titles: Vec<Vec<char>>,
}

impl Personal {
    /// From the fields of a contact.
    #[must_use]
    pub fn of(name: Option<&str>, phone: Option<&str>, email: Option<&str>, title: Option<&str>) -> Self {
        let folded = |text: Option<&str>| text.map(|text| Folded::new(text).chars).filter(|chars| !chars.is_empty()).into_iter().collect::<Vec<_>>();
        // One field may hold two numbers.
        let numbers = phone.unwrap_or_default().split(['/', ',', ';', '|', '、', '，', '；']).map(significant).filter(|digits| !digits.is_empty()).collect();
        let long = |chars: &Vec<char>| chars.iter().filter(|c| c.is_ascii_digit()).count() >= FEWEST_DIGITS;
        let written = folded(phone).into_iter().filter(long);
        Self { names: folded(name), literals: folded(email).into_iter().chain(written).collect(), numbers, titles: folded(title) }
    }

    /// Whether a text tells of the person, by name, e-mail or phone.
    #[must_use]
    pub fn is_in(&self, text: &str) -> bool {
        let folded = Folded::new(text);
        let short = || self.numbers.iter().filter(|n| n.len() < FEWEST_DIGITS).any(|n| groups(&folded.chars).any(|g| significant_of(&folded.chars[g]) == *n));
        !self.found(&folded).is_empty() || short()
    }

    /// The text without the person; none where it does not tell of the person.
    #[must_use]
    pub fn without(&self, text: &str) -> Option<String> {
        let folded = Folded::new(text);
        let mut found = self.found(&folded);
        if found.is_empty() {
            // A short number that stands alone.
            let alone = !significant(text).is_empty() && folded.chars.iter().all(|c| !c.is_alphabetic()) && self.numbers.contains(&significant(text));
            return alone.then(|| MARK.to_owned());
        }
        found.extend(self.titles.iter().flat_map(|title| words(&folded.chars, title)));
        found.sort_by_key(|range| range.start);
        let (mut out, mut at) = (String::with_capacity(text.len()), 0);
        for range in found.into_iter().map(|range| folded.bytes(&range)) {
            if range.start >= at {
                out.push_str(text.get(at..range.start).unwrap_or_default());
                out.push_str(MARK);
            }
            at = at.max(range.end);
        }
        out.push_str(text.get(at..).unwrap_or_default());
        Some(out)
    }

    /// The cells of one row without the person: a cell that holds nothing else is emptied, and so is the title beside it. Answers whether any changed.
    pub fn empty_cells(&self, cells: &mut [String]) -> bool {
        let mut changed = false;
        for cell in cells.iter_mut() {
            if let Some(rest) = self.without(cell) {
                *cell = if rest == MARK { String::new() } else { rest };
                changed = true;
            }
        }
        if changed {
            cells.iter_mut().filter(|cell| self.titles.contains(&Folded::new(cell).chars)).for_each(String::clear);
        }
        changed
    }

    fn found(&self, text: &Folded) -> Vec<Range<usize>> {
        let chars = &text.chars;
        let names = self.names.iter().flat_map(|name| words(chars, name));
        let literals = self.literals.iter().flat_map(|literal| occurrences(chars, literal));
        let numbers = self.numbers.iter().filter(|n| n.len() >= FEWEST_DIGITS).flat_map(|number| phones(chars, number));
        names.chain(literals).chain(numbers).collect()
    }
}

/// Takes a person out of a document: the contact itself keeps its id alone, and no text tells of the person. Its name is a mark rather than nothing, for
/// a contact has one in every answer. Tells whether anything changed.
pub fn redact(json: &mut Value, contact: Id, values: &Personal) -> bool {
    match json {
        Value::String(text) => values.without(text).map(|rest| *text = rest).is_some(),
        Value::Array(items) => items.iter_mut().fold(false, |changed, item| redact(item, contact, values) | changed),
        Value::Object(fields) if fields.get("id").and_then(Value::as_str).is_some_and(|id| Id::parse(id) == Some(contact)) => {
            let mut changed = false;
            for (name, value) in fields.iter_mut().filter(|(name, value)| !matches!(name.as_str(), "id" | "erased_at") && !value.is_null() && *value != MARK) {
                *value = if name == "name" { Value::from(MARK) } else { Value::Null };
                changed = true;
            }
            changed
        }
        Value::Object(fields) => fields.iter_mut().fold(false, |changed, (_, value)| redact(value, contact, values) | changed),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// A text for comparison: width and case folded, runs of white space one blank; each character knows the bytes that it came from.
struct Folded {
    chars: Vec<char>,
    from: Vec<Range<usize>>,
}

impl Folded {
    fn new(text: &str) -> Self {
        let (mut chars, mut from) = (Vec::with_capacity(text.len()), Vec::with_capacity(text.len()));
        for (at, c) in text.char_indices() {
            for c in std::iter::once(c).nfkc().flat_map(char::to_lowercase) {
                let c = if c.is_whitespace() { ' ' } else { c };
                if c == ' ' && chars.last().is_none_or(|last| *last == ' ') {
                    continue;
                }
                chars.push(if c == 'ς' { 'σ' } else { c });
                from.push(at..at);
            }
        }
        if chars.last() == Some(&' ') {
            chars.pop();
            from.pop();
        }
        for range in &mut from {
            range.end = range.start + text.get(range.start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        }
        Self { chars, from }
    }
    fn bytes(&self, range: &Range<usize>) -> Range<usize> {
        let (first, last) = (self.from.get(range.start), self.from.get(range.end.saturating_sub(1)));
        first.map_or(0, |r| r.start)..last.map_or(0, |r| r.end)
    }
}

fn occurrences(text: &[char], wanted: &[char]) -> Vec<Range<usize>> {
    text.windows(wanted.len().max(1)).enumerate().filter(|(_, window)| *window == wanted).map(|(at, _)| at..at + wanted.len()).collect()
}

/// Occurrences that are not a part of a longer word. Scripts from CJK on write words without blanks between them.
fn words(text: &[char], wanted: &[char]) -> Vec<Range<usize>> {
    let joins = |c: Option<&char>| c.is_some_and(|c| c.is_alphanumeric() && *c < '\u{2e80}');
    let mut all = occurrences(text, wanted);
    all.retain(|range| {
        let before = range.start.checked_sub(1).and_then(|at| text.get(at));
        !(joins(before) && joins(wanted.first()) || joins(text.get(range.end)) && joins(wanted.last()))
    });
    all
}

/// The runs of digits.
fn groups(text: &[char]) -> impl Iterator<Item = Range<usize>> {
    let digit = |at: usize| text.get(at).is_some_and(char::is_ascii_digit);
    let end = move |start: usize| (start..).find(|at| !digit(*at)).unwrap_or(start);
    (0..text.len()).filter(move |at| digit(*at) && (*at == 0 || !digit(at - 1))).map(move |start| start..end(start))
}

fn significant(text: &str) -> String {
    significant_of(&Folded::new(text).chars)
}
fn significant_of(text: &[char]) -> String {
    let digits: String = text.iter().filter(|c| c.is_ascii_digit()).collect();
    digits.trim_start_matches('0').to_owned()
}

/// Where a number stands, with or without its country and trunk prefix, its digits parted in any way.
fn phones(text: &[char], number: &str) -> Vec<Range<usize>> {
    let groups: Vec<_> = groups(text).collect();
    let parts = |c: &char| matches!(c, ' ' | '-' | '.' | '/' | '(' | ')' | '+' | '·' | '\u{2010}'..='\u{2015}');
    let mut found: Vec<Range<usize>> = Vec::new();
    for (i, first) in groups.iter().enumerate() {
        let (mut digits, mut end) = (String::new(), first.start);
        for group in &groups[i..] {
            let gap = &text[end..group.start];
            if gap.len() > WIDEST_GAP || !gap.iter().all(parts) || digits.len() > number.len() + FEWEST_DIGITS {
                break;
            }
            digits.extend(&text[group.clone()]);
            end = group.end;
            let own = digits.trim_start_matches('0');
            if own.contains(number) || own.len() >= FEWEST_DIGITS && number.ends_with(own) {
                found.push(first.start..end);
                break;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests;
