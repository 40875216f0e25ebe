//! Three hundred orders over the twelve months before a day, in every status. The same day gives the same orders, so that
//! a demo can be talked about; no clock, no outside randomness.
use chrono::{Days, NaiveDate};

use super::customers::{CUSTOMERS, EMMA, LI_NA, WANG_QIANG};
use super::data::{DemoCustomer, DemoFollowUp, DemoLine, DemoOrder, DemoProduct, PRODUCTS};
use super::phrases::{CHINESE, ENGLISH, Phrases, closing_note, subject};

/// How many orders of each status: three hundred.
pub const SHARES: &[(&str, usize)] =
    &[("draft", 18), ("in_review", 12), ("returned", 9), ("pending", 24), ("processed", 57), ("won", 96), ("lost", 54), ("cancelled", 18), ("expired", 12)];
pub const SOURCES: &[&str] = &["web", "referral", "trade_fair", "advertising", "cold_call", "e_commerce", "partner", "other"];
/// A reason named twice is twice as common.
const LOSS_REASONS: &[&str] = &["price", "price", "price", "competitor", "competitor", "budget", "budget", "timing", "no_need", "other"];
const CANCEL_REASONS: &[&str] = &["duplicate", "customer_withdrew", "customer_withdrew", "entry_error", "other"];
const DISCOUNTS: &[&str] = &["0", "0", "0", "0.02", "0.03", "0.05", "0.05", "0.08", "0.1", "0.125"];
const CHANNELS: &[&str] = &["phone", "phone", "wechat", "email", "visit", "video"];
/// The demo's own rate, CNY for one USD; a list price in the other currency is converted and rounded to whole units.
const CNY_PER_USD: i64 = 7;

/// The orders, oldest first.
#[must_use]
pub fn orders(today: NaiveDate) -> Vec<DemoOrder> {
    let mut numbers = Numbers(2026);
    let statuses = SHARES.iter().flat_map(|&(status, count)| std::iter::repeat_n(status, count));
    let mut orders: Vec<DemoOrder> = statuses.enumerate().map(|(i, status)| order(&mut numbers, i, status, today)).collect();
    orders.sort_by_key(|o| o.created_on);
    for (i, order) in orders.iter_mut().enumerate() {
        order.number_hint = i + 1;
    }
    orders
}

fn order(n: &mut Numbers, index: usize, status: &'static str, today: NaiveDate) -> DemoOrder {
    // Each third order walks through the customers, so that none is left without.
    let at = if index.is_multiple_of(3) { index / 3 % CUSTOMERS.len() } else { n.below(CUSTOMERS.len()) };
    let customer = &CUSTOMERS[at];
    let chinese = customer.locale == "zh-CN";
    let phrases = if chinese { &CHINESE } else { &ENGLISH };
    let days = days(n, status);
    let on = |days_ago: u64| before(today, days_ago);
    let lines = lines(n, customer);
    let (zh, en) = subject(PRODUCTS[lines[0].product].category);
    let place = n.pick(phrases.places);
    let reason = match status {
        "lost" => Some(n.pick(LOSS_REASONS)),
        "cancelled" => Some(n.pick(CANCEL_REASONS)),
        _ => None,
    };
    let note = match (status, reason) {
        ("returned", _) => Some(n.pick(phrases.remarks)),
        (_, Some(reason)) => Some(if chinese { closing_note(reason).0 } else { closing_note(reason).1 }),
        ("won" | "expired", _) => None,
        _ => n.chance(30).then(|| n.pick(phrases.notes)),
    };
    let intent_level = match status {
        "won" if n.chance(55) => "high",
        "lost" | "expired" if n.chance(45) => "low",
        _ => customer.intent_level,
    };
    DemoOrder {
        number_hint: 0,
        title: if chinese { format!("{}{place}{zh}", customer.short) } else { format!("{} {place}: {}", customer.short, en.to_lowercase()) },
        customer: at,
        owner: owner(n, customer),
        currency: customer.currency,
        created_on: on(days.created),
        submitted_on: days.submitted.map(on),
        status,
        stage: stage(n, status),
        closed_on: days.closed.map(on),
        reason,
        note,
        expected_close: if days.expected < 0 { after(today, days.expected.unsigned_abs()) } else { on(days.expected.unsigned_abs()) },
        intent_level,
        source: if n.chance(65) { customer.source } else { n.pick(SOURCES) },
        tags: tags(n, phrases),
        lines,
        follow_ups: follow_ups(n, status, phrases, &days)
            .into_iter()
            .map(|(ago, channel, (content, result))| DemoFollowUp { on: on(ago), channel, content, result })
            .collect(),
    }
}

/// When things happened, in days before today; what is expected in the future is negative.
struct DaysAgo {
    created: u64,
    submitted: Option<u64>,
    closed: Option<u64>,
    expected: i64,
}

fn days(n: &mut Numbers, status: &str) -> DaysAgo {
    // The oldest and youngest that an order of this status is, in days.
    let (youngest, oldest) = match status {
        "draft" => (0, 25),
        "in_review" => (1, 8),
        "returned" => (3, 20),
        "pending" => (3, 28),
        "processed" => (15, 150),
        "won" | "lost" => (20, 364),
        "cancelled" => (8, 364),
        _ => (165, 364),
    };
    let created = n.between(youngest, oldest);
    let submitted = created - n.between(0, created.min(4));
    // How long after submission it was closed.
    let took = match status {
        "won" => Some(n.between(12, 90)),
        "lost" => Some(n.between(4, 75)),
        "cancelled" => Some(n.between(0, 30)),
        _ => None,
    };
    let closed = took.map(|days| submitted.saturating_sub(days));
    match status {
        // Nobody closed it: it expired ninety days after the day on which it was expected to close.
        "expired" => {
            let expected = submitted - n.between(15, 55);
            DaysAgo { created, submitted: Some(submitted), closed: Some(expected - n.between(91, 95)), expected: signed(expected) }
        }
        // Closed, a little earlier or later than expected; never expected before it was submitted.
        "won" | "lost" | "cancelled" => {
            let expected = signed(closed.unwrap_or(0)) + signed(n.between(0, 30)) - 15;
            DaysAgo { created, submitted: Some(submitted), closed, expected: expected.min(signed(submitted)) }
        }
        // A few in progress are overdue.
        "processed" if created > 40 && n.chance(15) => DaysAgo { created, submitted: Some(submitted), closed: None, expected: signed(n.between(1, 20)) },
        _ => DaysAgo { created, submitted: (status != "draft").then_some(submitted), closed: None, expected: -signed(n.between(5, 90)) },
    }
}

/// Only approved orders move beyond the first stage, and a move makes them processed.
fn stage(n: &mut Numbers, status: &str) -> &'static str {
    n.pick(match status {
        "processed" => &["intent", "negotiation", "negotiation", "contract"],
        "won" => &["negotiation", "contract", "contract", "contract"],
        "lost" => &["intent", "negotiation", "negotiation", "contract"],
        "cancelled" | "expired" => &["intent", "intent", "negotiation"],
        _ => &["intent"],
    })
}

/// The customer's owner; now and then the team mate, where there is one.
fn owner(n: &mut Numbers, customer: &DemoCustomer) -> usize {
    let mate = match customer.owner {
        LI_NA => WANG_QIANG,
        WANG_QIANG => LI_NA,
        _ => EMMA,
    };
    if n.chance(8) { mate } else { customer.owner }
}

fn tags(n: &mut Numbers, phrases: &Phrases) -> Vec<&'static str> {
    let mut tags: Vec<&str> = (0..n.below(3)).map(|_| n.pick(phrases.tags)).collect();
    tags.sort_unstable();
    tags.dedup();
    tags
}

fn lines(n: &mut Numbers, customer: &DemoCustomer) -> Vec<DemoLine> {
    let mut chosen = Vec::new();
    for _ in 0..n.pick(&[1, 1, 1, 2, 2, 3, 4]) {
        // Mostly what the customer prefers; no product twice.
        let preferred: Vec<usize> = (0..PRODUCTS.len()).filter(|&p| customer.categories.contains(&PRODUCTS[p].category)).collect();
        let product = if n.chance(60) && !preferred.is_empty() { n.pick(&preferred) } else { n.below(PRODUCTS.len()) };
        if !chosen.contains(&product) {
            chosen.push(product);
        }
    }
    chosen.into_iter().map(|product| line(n, product, customer)).collect()
}

fn line(n: &mut Numbers, product: usize, customer: &DemoCustomer) -> DemoLine {
    let DemoProduct { unit, list_price, currency, .. } = PRODUCTS[product];
    let list = cents(list_price);
    let price = match (currency, customer.currency) {
        ("CNY", "USD") => list / CNY_PER_USD / 100 * 100,
        ("USD", "CNY") => list * CNY_PER_USD,
        _ => list,
    };
    let quantity = match unit {
        // Conveyors are sold by the metre, halves too.
        "米" => {
            let halves = n.between(10, 160);
            if halves.is_multiple_of(2) { (halves / 2).to_string() } else { format!("{}.5", halves / 2) }
        }
        "年" | "year" | "套" => n.between(1, 3).to_string(),
        // Dear things by the piece, cheap ones by the dozen.
        _ if list >= 5_000_000 => n.between(1, 6).to_string(),
        _ => n.between(2, 16).to_string(),
    };
    DemoLine { product, quantity, unit_price: format!("{}.{:02}", price / 100, price % 100), discount_rate: n.pick(DISCOUNTS) }
}

type FollowUp = (u64, &'static str, (&'static str, &'static str));

/// Days ago, channel and content, oldest first.
fn follow_ups(n: &mut Numbers, status: &str, phrases: &Phrases, days: &DaysAgo) -> Vec<FollowUp> {
    let count = match status {
        "processed" => 1 + n.below(4),
        "draft" | "in_review" | "returned" => n.below(2),
        _ => 0,
    };
    // A day of review has to pass before an order can be worked on.
    let earliest = if status == "processed" { days.submitted.unwrap_or(0) - 1 } else { days.created };
    let mut contacts: Vec<FollowUp> = (0..count).map(|_| (n.between(0, earliest), n.pick(CHANNELS), n.pick(phrases.follow_ups))).collect();
    contacts.sort_by_key(|c| std::cmp::Reverse(c.0));
    contacts
}

/// "128000.00" in hundredths.
fn cents(price: &str) -> i64 {
    let (whole, fraction) = price.split_once('.').unwrap_or((price, "00"));
    whole.parse().unwrap_or(0) * 100 + fraction.parse().unwrap_or(0)
}

fn signed(days: u64) -> i64 {
    i64::try_from(days).unwrap_or(0)
}
fn before(today: NaiveDate, days: u64) -> NaiveDate {
    today.checked_sub_days(Days::new(days)).unwrap_or(today)
}
fn after(today: NaiveDate, days: u64) -> NaiveDate {
    today.checked_add_days(Days::new(days)).unwrap_or(today)
}

/// SplitMix64: a few lines that give the same numbers everywhere, for ever.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
    /// Both ends included.
    fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low + 1)
    }
    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
    fn chance(&mut self, percent: u64) -> bool {
        self.next() % 100 < percent
    }
    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::demo::data::REPS;

    /// A month's end, a leap day, a new year.
    fn days() -> Vec<NaiveDate> {
        ["2026-03-31", "2028-02-29", "2027-01-01"].iter().flat_map(|day| day.parse()).collect()
    }

    #[test]
    fn every_status_month_customer_and_reason_is_there() {
        assert_eq!(days().len(), 3);
        for today in days() {
            let all = orders(today);
            assert_eq!(all.len(), 300);
            assert_eq!(all, orders(today));
            for (status, count) in SHARES {
                assert_eq!(all.iter().filter(|o| o.status == *status).count(), *count);
                assert!(*count >= 5);
            }
            for month in 0..12 {
                let (from, to) = (before(today, 30 * (month + 1)), before(today, 30 * month));
                assert!(all.iter().filter(|o| from < o.created_on && o.created_on <= to).count() >= 5, "{month}");
            }
            assert_eq!(all.iter().map(|o| o.customer).collect::<HashSet<_>>().len(), CUSTOMERS.len());
            assert_eq!(all.iter().flat_map(|o| &o.lines).map(|l| l.product).collect::<HashSet<_>>().len(), PRODUCTS.len());
            assert!((0..REPS.len()).all(|rep| all.iter().filter(|o| o.owner == rep).count() >= 50));
            for reason in LOSS_REASONS.iter().chain(CANCEL_REASONS) {
                assert!(all.iter().any(|o| o.reason == Some(reason)), "{reason}");
            }
            for source in SOURCES {
                assert!(all.iter().any(|o| o.source == *source), "{source}");
            }
            assert!(["CNY", "USD"].iter().all(|c| all.iter().any(|o| o.currency == *c)));
        }
    }

    #[test]
    fn every_order_tells_a_possible_story() {
        for today in days() {
            for (i, o) in orders(today).iter().enumerate() {
                assert_eq!(o.number_hint, i + 1);
                assert!(o.created_on <= today && o.created_on > before(today, 366), "{o:?}");
                assert_eq!(o.submitted_on.is_none(), o.status == "draft");
                assert_eq!(o.closed_on.is_some(), ["won", "lost", "cancelled", "expired"].contains(&o.status));
                assert_eq!(o.reason.is_some(), ["lost", "cancelled"].contains(&o.status));
                assert!(o.note.is_some() || !["lost", "cancelled", "returned"].contains(&o.status));
                let submitted = o.submitted_on.unwrap_or(o.created_on);
                assert!(o.created_on <= submitted && submitted <= today && submitted <= o.expected_close, "{o:?}");
                assert!(o.closed_on.is_none_or(|day| submitted <= day && day <= today), "{o:?}");
                assert!(o.status != "expired" || o.closed_on > Some(after(o.expected_close, 90)), "{o:?}");
                assert!(["draft", "in_review", "returned"].contains(&o.status) <= (o.expected_close >= today), "{o:?}");
                assert!(["draft", "in_review", "returned", "pending"].contains(&o.status) <= (o.stage == "intent"), "{o:?}");
                let contacts_fit = match o.status {
                    "draft" | "in_review" | "returned" => true,
                    "processed" => !o.follow_ups.is_empty(),
                    _ => o.follow_ups.is_empty(),
                };
                assert!(contacts_fit, "{o:?}");
                assert!(o.follow_ups.iter().all(|f| o.created_on <= f.on && f.on <= today && (o.status != "processed" || f.on > submitted)), "{o:?}");
                assert!(o.follow_ups.is_sorted_by_key(|f| f.on), "{o:?}");
                assert!(matches!(o.lines.len(), 1..=4) && o.customer < CUSTOMERS.len() && o.owner < REPS.len(), "{o:?}");
                assert!(!o.title.is_empty() && o.title.chars().count() <= 100, "{o:?}");
                for l in &o.lines {
                    assert!(l.product < PRODUCTS.len() && l.quantity.parse::<f64>().is_ok_and(|q| q > 0.0) && cents(&l.unit_price) > 0, "{l:?}");
                }
            }
        }
    }

    #[test]
    fn most_open_orders_close_within_ninety_days() {
        for today in days() {
            let open: Vec<_> = orders(today).into_iter().filter(|o| ["pending", "processed"].contains(&o.status)).collect();
            let soon = open.iter().filter(|o| o.expected_close > today && o.expected_close <= after(today, 90)).count();
            assert!(soon * 10 >= open.len() * 8 && soon < open.len(), "{soon} of {}", open.len());
        }
    }
}
