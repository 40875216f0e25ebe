//! The methods of the forecast on the CRM sales opportunities: trained to the end of September 2017, held against October, November and December. `make
//! backtest` prints the table of README from `CRM_DATA`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // It should say why it cannot go on, and stop.

use std::collections::HashMap;
use std::path::Path;

use chrono::{Days, NaiveDate};
use intent_orders::analytics::forecast::periods::Length;
use intent_orders::analytics::forecast::pipeline::{Chances, Ended, Stage};
use intent_orders::analytics::forecast::series;

/// An opportunity of the file.
struct Deal {
    product: String,
    stage: String,
    engaged: Option<NaiveDate>,
    closed: Option<NaiveDate>,
    value: f64,
}

fn rows(path: &Path) -> Vec<HashMap<String, String>> {
    let mut file = csv::Reader::from_path(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    file.deserialize().map(|row| row.expect("a row")).collect()
}

fn deals(folder: &Path) -> Vec<Deal> {
    let day = |text: &str| text.parse().ok();
    let deal = |row: HashMap<String, String>| Deal {
        product: row["product"].clone(),
        stage: row["deal_stage"].clone(),
        engaged: day(&row["engage_date"]),
        closed: day(&row["close_date"]),
        value: row["close_value"].parse().unwrap_or_default(),
    };
    rows(&folder.join("sales_pipeline.csv")).into_iter().map(deal).collect()
}

fn main() {
    #[allow(clippy::disallowed_methods)] // Who starts it says where the data is.
    let folder = std::env::var("CRM_DATA").unwrap_or_else(|_| "../shared/data/crm-sales-opportunities".into());
    let folder = Path::new(&folder);
    if !folder.join("sales_pipeline.csv").exists() {
        println!("!! no CRM data in {}: set CRM_DATA to the folder with sales_pipeline.csv", folder.display());
        return;
    }
    let deals = deals(folder);
    // The data has no prices of open orders: those of the product list stand in. GTXPro is called GTX Pro there.
    let name = |text: &str| text.replace(' ', "");
    let prices: HashMap<String, f64> =
        rows(&folder.join("products.csv")).into_iter().map(|row| (name(&row["product"]), row["sales_price"].parse().unwrap())).collect();
    let today: NaiveDate = "2017-10-01".parse().unwrap();
    let ahead = Length::Month.ahead(today, 3);
    let won = |from: NaiveDate, to: NaiveDate| -> f64 {
        deals.iter().filter(|deal| deal.stage == "Won" && deal.closed.is_some_and(|day| from <= day && day < to)).map(|deal| deal.value).sum()
    };
    let first = deals.iter().filter_map(|deal| deal.closed).min().expect("closed deals");
    let history =
        |length: Length| -> Vec<f64> { length.between(first, today, usize::MAX).iter().filter(|p| p.end <= today).map(|p| won(p.start, p.end)).collect() };
    let months = history(Length::Month);
    let came: Vec<f64> = ahead.iter().map(|period| won(period.start, period.end)).collect();

    // What was known at the end of September: of each opportunity how it stood, and how long those took that had closed.
    let closed_by_then = |deal: &Deal| deal.closed.is_some_and(|day| day < today);
    let mut ended = Ended::default();
    let mut took: Vec<i64> = Vec::new();
    for deal in deals.iter().filter(|deal| closed_by_then(deal)) {
        ended.closed += 1;
        ended.won += i64::from(deal.stage == "Won");
        took.extend(deal.engaged.zip(deal.closed).map(|(engaged, closed)| (closed - engaged).num_days()));
    }
    took.sort_unstable();
    let usual = took[took.len() / 2];
    // Whatever was engaged was in negotiation, and so was whatever closed.
    let stages = [Stage { code: "intent".into(), probability: 2_000 }, Stage { code: "negotiation".into(), probability: 5_000 }];
    let chances = Chances::of(&stages, &HashMap::from([("negotiation".to_owned(), ended)]));
    let mut pipeline = vec![[0.0, 0.0]; ahead.len()];
    let (mut apart, mut due) = ([0_usize; 3], 0);
    for deal in deals.iter().filter(|deal| !closed_by_then(deal)) {
        let Some(engaged) = deal.engaged else {
            apart[2] += 1;
            continue;
        };
        if engaged >= today {
            continue;
        }
        let expected = engaged.checked_add_days(Days::new(usual.unsigned_abs())).unwrap();
        let amount = (prices[&name(&deal.product)] * 10_000.0) as i128;
        let (by_stage, by_win_rate) = chances.expected("negotiation", amount);
        match ahead.iter().position(|period| period.start <= expected && expected < period.end) {
            _ if expected < today => apart[0] += 1,
            Some(n) => {
                due += 1;
                pipeline[n][0] += by_stage as f64 / 10_000.0;
                pipeline[n][1] += by_win_rate as f64 / 10_000.0;
            }
            None => apart[1] += 1,
        }
    }
    let by_month = series::ahead(&months, ahead.len()).expect("a series of months");
    // Weeks, summed to months by their days.
    let weeks = Length::Week.ahead(today, 15);
    let by_week = series::ahead(&history(Length::Week), weeks.len()).expect("a series of weeks");
    let from_weeks = |period: &intent_orders::analytics::forecast::periods::Period| -> f64 {
        let share = |week: &intent_orders::analytics::forecast::periods::Period| {
            (week.end.min(period.end) - week.start.max(period.start)).num_days().max(0) as f64 / 7.0
        };
        weeks.iter().zip(&by_week).map(|(week, told)| share(week) * told.expected).sum()
    };
    let naive = series::naive(&months).expect("a month");
    println!("Won month by month until then: {}", months.iter().map(|value| format!("{value:.0}")).collect::<Vec<_>>().join(", "));
    println!(
        "Open then: {usual} days from engagement to closing are usual; by that {due} were due in these months, {} overdue, {} later, {} had no day.\n",
        apart[0], apart[1], apart[2]
    );
    println!("| | 2017-10 | 2017-11 | 2017-12 | MAPE |\n|---|---|---|---|---|");
    println!("| came | {} | |", came.iter().map(|value| format!("{value:.0}")).collect::<Vec<_>>().join(" | "));
    let methods: [(&str, Vec<f64>); 5] = [
        ("naive: September again", vec![naive; 3]),
        ("series of months", by_month.iter().map(|told| told.expected).collect()),
        ("series of weeks", ahead.iter().map(from_weeks).collect()),
        ("open orders by the probability of their stage", pipeline.iter().map(|told| told[0]).collect()),
        ("open orders by the win rate of their stage", pipeline.iter().map(|told| told[1]).collect()),
    ];
    for (name, told) in methods {
        let errors: Vec<f64> = told.iter().zip(&came).map(|(told, came)| (told - came).abs() / came * 100.0).collect();
        let cells = told.iter().zip(&errors).map(|(told, error)| format!("{told:.0} ({error:.1} %)")).collect::<Vec<_>>().join(" | ");
        println!("| {name} | {cells} | {:.1} % |", errors.iter().sum::<f64>() / errors.len() as f64);
    }
    for (period, told) in ahead.iter().zip(&by_month) {
        println!("{}: 80 of 100 between {:.0} and {:.0}, 95 between {:.0} and {:.0}", period.key, told.low_80, told.high_80, told.low_95, told.high_95);
    }
}
