//! The page, as HTML that a printer takes: one style sheet within, no script, nothing from elsewhere.
use std::collections::BTreeSet;
use std::fmt::Write;

use super::{Report, Talked};
use crate::analytics::pictures::words::{count, grouped, percent, rates, say};
use crate::analytics::rules::amount_text;
use crate::analytics::summary::Period;
use crate::analytics::summary::dto::{CountFigure, Span};
use crate::orders::dto::view::number_text;
use crate::platform::chart::escaped;
use crate::platform::decimal::exponent;
use crate::platform::problem::Locale;

/// The only style sheet; the page's Content-Security-Policy names it by its hash.
pub const STYLE: &str = "@page{size:A4;margin:14mm}\
body{font:13px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC','WenQuanYi Zen Hei',sans-serif;color:#222;max-width:680px;margin:24px auto;padding:0 12px}\
h1{font-size:22px;margin:0}h2{font-size:16px;margin:28px 0 8px}p{margin:4px 0;color:#555}\
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:4px 8px;border-bottom:1px solid #ddd;vertical-align:top}\
td.n,th.n{text-align:right;white-space:nowrap}td.d{white-space:nowrap}figure{margin:16px 0;break-inside:avoid}svg{max-width:100%;height:auto}tr{break-inside:avoid}";

/// Writes it.
pub fn page(report: &Report, locale: Locale) -> String {
    let say = |en: &str, zh_cn: &str| say(locale, en, zh_cn);
    let summary = &report.summary;
    let title = match report.period {
        Period::Week => say("The week's intent orders", "意向订单周报"),
        Period::Month => say("The month's intent orders", "意向订单月报"),
        Period::Quarter => say("The quarter's intent orders", "意向订单季报"),
        Period::Year => say("The year's intent orders", "意向订单年报"),
    };
    let span = |span: Span| format!("{} – {}", span.from, span.to.pred_opt().unwrap_or(span.to));
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n<p>{}{} · {}</p>\n<p>{} {}</p>\n",
        locale.as_str(),
        if report.organisation.is_empty() { String::new() } else { format!("{} · ", escaped(&report.organisation)) },
        span(summary.period),
        escaped(&summary.tz),
        say("Compared with", "对比区间："),
        span(summary.previous_period),
    );
    let mut rows = String::new();
    let mut figure = |name: String, now: String, before: String, change: Option<&serde_json::Number>| {
        let change = change.and_then(serde_json::Number::as_f64).map_or_else(|| "–".to_owned(), |change| format!("{:+.1}%", change * 100.0));
        let _ = writeln!(rows, "<tr><td>{name}</td><td class=\"n\">{now}</td><td class=\"n\">{before}</td><td class=\"n\">{change}</td></tr>");
    };
    let mut counted = |name, figure_of: &CountFigure| figure(name, count(figure_of.value), count(figure_of.previous), figure_of.change.as_ref());
    counted(say("Entered orders", "录入订单"), &summary.entered);
    counted(say("Submitted orders", "提交订单"), &summary.submitted);
    counted(say("Won orders", "成交订单"), &summary.won);
    counted(say("Lost orders", "失单订单"), &summary.lost);
    figure(say("Win rate", "赢单率"), percent(summary.win_rate.value.as_ref()), percent(summary.win_rate.previous.as_ref()), None);
    for money in &summary.won_amounts {
        figure(format!("{} ({})", say("Won amount", "成交额"), money.currency), grouped(&money.value), grouped(&money.previous), money.change.as_ref());
    }
    let _ = writeln!(
        out,
        "<h2>{}</h2>\n<table><thead><tr><th></th><th class=\"n\">{}</th><th class=\"n\">{}</th><th class=\"n\">{}</th></tr></thead><tbody>\n{rows}</tbody></table>",
        say("Key figures", "关键指标"),
        say("Now", "本期"),
        say("Before", "上期"),
        say("Change", "变化"),
    );
    let beside = summary.won_amounts.iter().flat_map(|money| &money.unconverted).chain(summary.open.amounts.iter().flat_map(|worth| &worth.unconverted));
    let beside: BTreeSet<&str> = beside.map(|other| other.currency.as_str()).collect();
    if let Some(rates) = rates(&summary.told, locale) {
        let left_out = if beside.is_empty() { String::new() } else { format!(" ({})", Vec::from_iter(beside).join(", ")) };
        let _ = writeln!(out, "<p>{}{}</p>", escaped(&rates), escaped(&left_out));
    }
    let worth: Vec<String> = summary.open.amounts.iter().map(|worth| format!("{} {}", grouped(&worth.amount), worth.currency)).collect();
    let _ = writeln!(out, "<p>{} {} · {}</p>", say("Open orders now:", "当前未关闭订单："), count(summary.open.orders), escaped(&worth.join(" · ")));
    for target in &summary.targets {
        let of = &target.against;
        let (won, aim) = (grouped(&of.won_amount), grouped(&of.amount));
        let attained = percent(of.attainment.as_ref());
        let _ = writeln!(out, "<p>{} {}: {won} / {aim} {} · {attained}</p>", say("Target of", "目标："), escaped(&target.holder.name), escaped(&of.currency));
    }
    for chart in &report.charts {
        let _ = writeln!(out, "<figure>{}</figure>", chart.svg());
    }
    for (heading, orders) in [
        (say("To talk about: past their expected close date", "重点讨论：已过预计成交日"), &report.overdue),
        (say("To talk about: to be closed within seven days", "重点讨论：七天内预计成交"), &report.closing_soon),
        (say("To talk about: returned by the reviewer", "重点讨论：审核退回"), &report.returned),
    ] {
        let _ = write!(out, "<h2>{heading}</h2>\n{}", table(orders, locale));
    }
    out.push_str("</body>\n</html>\n");
    out
}

fn table(orders: &[Talked], locale: Locale) -> String {
    let say = |en: &str, zh_cn: &str| say(locale, en, zh_cn);
    if orders.is_empty() {
        return format!("<p>{}</p>\n", say("None.", "无。"));
    }
    let heads = [say("Order", "订单"), say("Customer", "客户"), say("Owner", "负责人"), say("Expected close", "预计成交日")];
    let mut out = format!(
        "<table><thead><tr>{}<th class=\"n\">{}</th></tr></thead><tbody>\n",
        heads.map(|head| format!("<th>{head}</th>")).concat(),
        say("Amount", "金额")
    );
    for order in orders {
        let words = [
            format!("{} {}", number_text(order.number), order.title.as_deref().unwrap_or_default()),
            order.customer.clone().unwrap_or_default(),
            order.owner.clone(),
        ];
        let cells = words.map(|text| format!("<td>{}</td>", escaped(&text))).concat();
        let day = order.expected_close_date.map(|day| day.to_string()).unwrap_or_default();
        let amount = grouped(&amount_text(order.amount.into(), exponent(&order.currency)));
        let _ = writeln!(out, "<tr>{cells}<td class=\"d\">{day}</td><td class=\"n\">{amount} {}</td></tr>", escaped(&order.currency));
    }
    out.push_str("</tbody></table>\n");
    out
}
