//! What tells of a person, what does not, and that nothing of it is left.
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::platform::clock::new_id;

fn li_na() -> Personal {
    Personal::of(Some("Li Na"), Some("+86 21 5555 0100"), Some("li.na@example.com"), Some("Buyer"))
}

#[test]
fn a_person_is_found_however_written() {
    for (text, expected) in [
        ("Call Li Na.", Some("Call [erased].")),
        ("Call LI\u{a0} NA tomorrow", Some("Call [erased] tomorrow")),
        ("联系ｌｉ　ｎａ吧", Some("联系[erased]吧")),
        ("Li Nathan", None),
        ("Oli Na", None),
        ("Li Na's desk", Some("[erased]'s desk")),
        ("mail LI.NA@Example.com, please", Some("mail [erased], please")),
        ("(021) 5555-0100", Some("([erased]")),
        ("ring 5555 0100 or 0086-21-5555.0100", Some("ring [erased] or [erased]")),
        ("55550100", Some("[erased]")),
        ("5550100", Some("[erased]")),
        ("550100", None),
        ("7 pieces, 862155550100", Some("7 pieces, [erased]")),
        ("Buyer", None),
        ("Li Na, Buyer", Some("[erased], [erased]")),
        ("2027-03-31", None),
        ("", None),
    ] {
        assert_eq!(li_na().without(text).as_deref(), expected, "{text}");
        assert_eq!(li_na().is_in(text), expected.is_some(), "{text}");
    }
    let wei = Personal::of(Some("王伟"), Some("8001"), None, None);
    assert_eq!(wei.without("请找王伟先生").as_deref(), Some("请找[erased]先生"));
    assert_eq!((wei.without("ext 8001"), wei.is_in("ext 8001"), wei.is_in("18001 pieces")), (None, true, false));
    assert_eq!(wei.without(" 8001 ").as_deref(), Some(MARK));
    let two = Personal::of(Some("x y"), Some("13800138000 / 021-55550100 ext. 7"), None, None);
    assert!(two.is_in("138 0013 8000") && two.is_in("13800138000 / 021-55550100 EXT. 7"));
    assert!(Personal::default().without("anything 1").is_none());
}

#[test]
fn rows_and_documents_lose_the_person() {
    let mut row = ["Acme", "LI NA", "buyer", "02155550100", "ask Li Na"].map(str::to_owned);
    assert!(li_na().empty_cells(&mut row));
    assert_eq!(row, ["Acme", "", "", "", "ask [erased]"]);
    let mut other = ["Acme", "Wu", "Buyer"].map(str::to_owned);
    assert!(!li_na().empty_cells(&mut other));
    assert_eq!(other[2], "Buyer");

    let id = new_id();
    let mut customer = json!({"contacts": [{"id": id, "name": "L. Na", "title": "Buyer", "phone": null}, {"id": new_id(), "name": "Wu"}], "note": "Li Na decides", "version": 3});
    let other = customer["contacts"][1].clone();
    assert!(redact(&mut customer, id, &li_na()));
    assert_eq!(customer, json!({"contacts": [{"id": id, "name": "[erased]", "title": null, "phone": null}, other], "note": "[erased] decides", "version": 3}));
    assert!(!redact(&mut customer, id, &li_na()), "a second time finds nothing");
}

proptest! {
    #[test]
    fn nothing_is_left_and_the_rest_stays(before in "[ -~父母é\u{3000}]{0,20}", after in "[ -~父母é\u{3000}]{0,20}", what in 0_usize..3) {
        let value = ["Li Na", "+86 21 5555 0100", "li.na@example.com"][what];
        // A letter or a digit that touches a value makes it another one.
        let text = format!("{before}|{value}|{after}");
        let rest = li_na().without(&text).unwrap_or_default();
        prop_assert!(!rest.contains(value) && rest.contains(MARK), "{}", rest);
        prop_assert!(li_na().without(&rest).is_none(), "{}", rest);
        prop_assert!(li_na().is_in(&before) || li_na().is_in(&after) || rest.starts_with(&format!("{before}|")) && rest.ends_with(&format!("|{after}")), "{}", rest);
    }
    #[test]
    fn no_text_panics(text in ".{0,60}", name in ".{0,5}", phone in ".{0,9}") {
        let person = Personal::of(Some(&name), Some(&phone), Some(&name), Some(&phone));
        prop_assert!(person.without(&text).is_none() || person.is_in(&text));
    }
}
