//! Events, analyses, imports and jobs, and the addresses at the root.
use intent_orders::system;
use serde_json::{Value, json};

use super::{List, Op, Resource};
use crate::conventions::proof::{Kind, Proof};
use crate::conventions::world::{Target, World};

/// The form of an import, as bytes on the wire.
fn form(w: &World<'_>) -> Value {
    let n = w.next();
    let mapping = json!({"entity": "products", "fields": {"sku": {"column": "sku"}, "name": {"column": "name"}}});
    let part = |head: &str, text: &str| format!("--x\r\nContent-Disposition: form-data; {head}\r\n\r\n{text}\r\n");
    let file = part("name=\"file\"; filename=\"products.csv\"", &format!("sku,name\nI-{n},Imported {n}\n"));
    Value::String(format!("{file}{}--x--\r\n", part("name=\"mapping\"", &mapping.to_string())))
}

fn imported(w: &World<'_>, below: &str) -> Option<Target> {
    let taken = w.admin().raw("POST", "/api/v1/imports", "multipart/form-data; boundary=x", form(w).as_str().unwrap_or_default()).expect(202);
    let job = taken.header("location").to_owned();
    // Until it has ended its counts change from one read to the next.
    while ["queued", "running"].contains(&w.admin().get(&job).expect(200).body["state"].as_str().unwrap_or_default()) {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    Some(Target { path: format!("/api/v1/{below}").replace("{id}", taken.id()), etag: String::new() })
}

fn analysis(path: &'static str, fill: fn(&World<'_>) -> String) -> Resource {
    let read = Op::get().everybody().except_all(&[Proof::Walk, Proof::Cursor], "an analysis is answered whole, at most 10,000 groups");
    Resource::new(path, Kind::Collection, vec![read]).listed(List {
        fill,
        id: "/group/product/key",
        filters: &[
            ("status", "status=won", "status=nonsense"),
            ("owner", "owner[ne]=0192d3a4-0000-7000-8000-000000000000", "owner=me"),
            ("team", "team[null]=true", "team=A"),
            ("customer", "customer[null]=false", "customer=x"),
            ("product", "product[null]=false", "product=GTX"),
            ("q", "q=refit", "q="),
            ("stage", "stage=intent", "stage[gt]=intent"),
            ("category", "category=GTX", "category[gt]=a"),
            ("intent_level", "intent_level=high", "intent_level=enormous"),
            ("source", "source=web", "source[lt]=a"),
            ("tags", "tags=a", "tags[gt]=a"),
            ("broken_rule", "broken_rule=customer_required", "broken_rule[gt]=a"),
            ("delay", "delay=supply.logistics", "delay[gt]=a"),
            ("pushed_at", "pushed_at[null]=false", "pushed_at=x"),
            ("currency", "currency=CNY", "currency[gt]=a"),
            ("amount", "amount[gte]=1", "amount=much"),
            ("expected_close_date", "expected_close_date[gte]=today", "expected_close_date=x"),
            ("created_at", "created_at[gte]=-7d", "created_at=x"),
            ("updated_at", "updated_at[lt]=2030-01-01", "updated_at=x"),
            ("first_submitted_at", "first_submitted_at[null]=true", "first_submitted_at=x"),
            ("submitted_at", "submitted_at[null]=true", "submitted_at=x"),
            ("closed_on", "closed_on[gte]=2026-01-01", "closed_on=x"),
            ("closed_at", "closed_at[null]=false", "closed_at=x"),
            ("closed_owner", "closed_owner[null]=false", "closed_owner=x"),
            ("closed_team", "closed_team[null]=false", "closed_team=x"),
            ("reason", "reason=price", "reason[gt]=a"),
            ("customer.industry", "customer.industry=telecom", "customer.industry[gt]=a"),
            ("customer.region", "customer.region[null]=false", "customer.region[gt]=a"),
            ("customer.value_tier", "customer.value_tier=key", "customer.value_tier=golden"),
            ("group_by", "group_by=product,quarter", "group_by=colour"),
            ("from", "from=-30d", "from=once"),
            ("to", "to=today", "to=x"),
            ("basis", "basis=created", "basis=opened"),
        ],
        condition: r#"{"field":"amount","op":"gte","value":"1"}"#,
        formula: "product.label",
    })
}

/// What can be asked besides where facts are counted.
const AS_OF: (&str, &str, &str) = ("as_of", "as_of=now", "as_of=2999-01-01");

/// An analysis of facts, whose rows are held against those of another window.
fn counted(path: &'static str, fill: fn(&World<'_>) -> String) -> Resource {
    let mut resource = analysis(path, fill);
    let list = resource.list.as_mut().expect("a list");
    let own = [AS_OF, ("compare", "compare=previous&from=-30d&to=today", "compare=previous"), ("top", "top=3&group_by=product", "top=0")];
    list.filters = [list.filters, &own].concat().leak();
    resource
}

/// Won orders of products of which one is named like a formula.
fn won(w: &World<'_>) {
    of_products(w, "won", json!({}));
}
/// Orders in a status, each of another product; answers their addresses.
fn of_products(w: &World<'_>, status: &str, more: Value) -> Vec<String> {
    let name = format!("={}", w.next());
    w.admin().post("/api/v1/products", json!({"sku": name, "name": name})).expect(201);
    let order = |product: &str| {
        let mut line = json!({"lines": [{"product": product, "quantity": 1, "unit_price": 100}], "closed_on": "2026-04-01"});
        more.as_object().into_iter().flatten().for_each(|(name, value)| line[name] = value.clone());
        format!("/api/v1/orders/{}", crate::orders::imported(w.app, &w.app.cast.rep, status, line))
    };
    [name.as_str(), "MG", "GTX Pro"].map(order).into()
}
fn fill_conversion(w: &World<'_>) -> String {
    won(w);
    "/api/v1/analytics/conversion?group_by=product".into()
}
fn fill_revenue(w: &World<'_>) -> String {
    won(w);
    "/api/v1/analytics/revenue?group_by=product".into()
}

/// The same, and how amounts are converted.
fn revenue() -> Resource {
    let mut resource = counted("/api/v1/analytics/revenue", fill_revenue);
    let list = resource.list.as_mut().expect("a list");
    list.filters = list.filters.iter().copied().chain([("rate_basis", "rate_basis=close", "rate_basis=tomorrow")]).collect::<Vec<_>>().leak();
    resource
}

/// The same, with periods in the place of a window.
fn trend() -> Resource {
    let mut resource = analysis("/api/v1/analytics/trend", |w| {
        let name = format!("={}", w.next());
        w.admin().post("/api/v1/products", json!({"sku": name, "name": name})).expect(201);
        for product in [name.as_str(), "MG", "GTX Pro"] {
            let line = json!({"lines": [{"product": product, "quantity": 1, "unit_price": 100}], "closed_on": "2026-11-02"});
            crate::orders::imported(w.app, &w.app.cast.rep, "won", line);
        }
        "/api/v1/analytics/trend?group_by=product&from=2026-11-01&horizon=1".into()
    });
    let list = resource.list.as_mut().expect("a list");
    let own = [
        ("group_by", "group_by=product", "group_by=owner"),
        ("length", "length=week", "length=day"),
        ("horizon", "horizon=12", "horizon=13"),
        ("rate_basis", "rate_basis=today", "rate_basis=x"),
    ];
    let others = list.filters.iter().copied().filter(|(name, _, _)| !["basis", "to", "group_by"].contains(name));
    list.filters = others.chain(own).collect::<Vec<_>>().leak();
    resource
}

/// What was foretold of October, by three methods.
fn foretold(w: &World<'_>) -> String {
    use diesel::prelude::*;
    use intent_orders::platform::clock::new_id;
    use intent_orders::platform::db::schema::forecast_snapshots::dsl;
    let day = |month| chrono::NaiveDate::from_ymd_opt(2026, month, 1).expect("a day");
    crate::orders::imported(w.app, &w.app.cast.rep, "won", json!({"closed_on": "2026-10-10"}));
    let rows: Vec<_> = ["by_stage", "by_series", "naive"]
        .iter()
        .map(|method| {
            let what = (dsl::id.eq(new_id()), dsl::taken_on.eq(day(9)), dsl::currency.eq("CNY"), dsl::method.eq(*method), dsl::period_start.eq(day(10)));
            (what, dsl::lead.eq(1), dsl::expected.eq(1_200_000_i64))
        })
        .collect();
    let keep = move |tx: &mut _| {
        for row in rows.clone() {
            diesel::insert_into(dsl::forecast_snapshots).values(row).execute(tx)?;
        }
        Ok(())
    };
    w.app.state.db.write_here(keep).expect("it is kept");
    "/api/v1/analytics/accuracy".into()
}
fn accuracy() -> Resource {
    let read = Op::get()
        .everybody()
        .except_all(&[Proof::Walk, Proof::Cursor], "an analysis is answered whole")
        .except_all(&[Proof::Filters, Proof::Formula], "it is of forecasts, not of orders: it has a window and a team, and no text of people");
    Resource::new("/api/v1/analytics/accuracy", Kind::Collection, vec![read]).listed(List {
        fill: foretold,
        id: "/method",
        filters: &[],
        condition: "",
        formula: "",
    })
}

/// The same but for the day that decides.
fn review() -> Resource {
    let mut resource = analysis("/api/v1/analytics/review", |w| {
        reviewed(w);
        "/api/v1/analytics/review?group_by=product".into()
    });
    let list = resource.list.as_mut().expect("a list");
    list.filters = list.filters.iter().filter(|(name, _, _)| *name != "basis").copied().collect::<Vec<_>>().leak();
    resource
}
/// By one dimension, and each step at its own time.
fn funnel() -> Resource {
    let mut resource = analysis("/api/v1/analytics/funnel", |w| {
        won(w);
        "/api/v1/analytics/funnel?group_by=product".into()
    });
    let list = resource.list.as_mut().expect("a list");
    let others = list.filters.iter().filter(|(name, _, _)| !["basis", "group_by"].contains(name)).copied();
    let own = [AS_OF, ("group_by", "group_by=product", "group_by=product,owner"), ("mode", "mode=period", "mode=both")];
    list.filters = others.chain(own).collect::<Vec<_>>().leak();
    resource
}
/// Lost orders of the same products, in the place of won ones.
fn reasons() -> Resource {
    let mut resource = analysis("/api/v1/analytics/reasons", |w| {
        of_products(w, "lost", json!({"reason": "price"}));
        "/api/v1/analytics/reasons?group_by=product".into()
    });
    let list = resource.list.as_mut().expect("a list");
    list.filters = [list.filters, &[("rate_basis", "rate_basis=order", "rate_basis=tomorrow")]].concat().leak();
    resource
}
/// Won orders that slipped.
fn slipped() -> Resource {
    analysis("/api/v1/analytics/delays", |w| {
        for path in of_products(w, "processed", json!({"closed_on": null})) {
            w.rep().post(&format!("{path}/delays"), json!({"side": "supply", "reason": "logistics", "new_date": "2027-05-31"})).expect(201);
            w.rep().action(&format!("{path}/win"), Value::Null, "*").expect(200);
        }
        "/api/v1/analytics/delays?group_by=product".into()
    })
}
/// The same, and what is timed.
fn times() -> Resource {
    let mut resource = analysis("/api/v1/analytics/time", |w| {
        won(w);
        "/api/v1/analytics/time?group_by=product&measure=entry_to_won".into()
    });
    let list = resource.list.as_mut().expect("a list");
    list.filters = [list.filters, &[("measure", "measure=stage,review", "measure=length")]].concat().leak();
    resource
}
/// What is computed at each call.
fn answered(path: &'static str, at: fn(&World<'_>) -> Option<Target>) -> Resource {
    let op = Op::get().by(|c| &c.rep).everybody().except(Proof::NotModified, "it is computed at each call and belongs to no version");
    Resource::new(path, Kind::Singleton, vec![op.at(at)])
}
/// An order that is stuck in its stage, beside two that left it soon.
fn stuck(w: &World<'_>) -> Option<Target> {
    let moved = [w.order("pending"), w.order("pending")];
    w.order("pending");
    w.app.advance(60);
    for path in moved {
        w.rep().action(&format!("{path}/move"), json!({"stage": "contract"}), "*").expect(200);
    }
    w.app.advance(240);
    Some(Target { path: "/api/v1/analytics/stuck".into(), etag: String::new() })
}
/// A customer who bought each month and then no more.
fn churn(w: &World<'_>) -> Option<Target> {
    for on in ["2026-01-05", "2026-02-05", "2026-03-05"] {
        crate::orders::imported(w.app, &w.app.cast.rep, "won", json!({"closed_on": on}));
    }
    crate::orders::imported(w.app, &w.app.cast.rep, "lost", json!({"closed_on": "2026-05-05", "reason": "price"}));
    Some(Target { path: "/api/v1/analytics/churn".into(), etag: String::new() })
}
/// Figures of people, of whom one has a target.
fn people(w: &World<'_>) -> Option<Target> {
    // Once it is there another needs its tag: then it stays.
    let _ = w.admin().put(&format!("/api/v1/targets/users/{}/2026-11", w.app.cast.rep.id), aim(w), None);
    crate::orders::imported(w.app, &w.app.cast.rep, "won", json!({"closed_on": "2026-11-20"}));
    crate::orders::imported(w.app, &w.app.cast.rep, "pending", json!({}));
    Some(Target { path: "/api/v1/analytics/people".into(), etag: String::new() })
}

/// What somebody is to win in a month: the lead sets it, the rep reads it.
fn target(path: &'static str, at: fn(&World<'_>) -> Option<Target>) -> Resource {
    let put = Op::put(aim).by(|c| &c.lead).refused(|c| &c.rep).at(at).wrong(
        || json!({"amount": "-5", "currency": "XX", "orders": 1.5, "month": "2027-01", "nonsense": 1}),
        &[("/amount", "below_minimum"), ("/currency", "not_a_currency"), ("/month", "read_only"), ("/nonsense", "unknown_field"), ("/orders", "wrong_type")],
    );
    Resource::new(path, Kind::Record, vec![Op::get().by(|c| &c.rep).everybody().at(at), put])
}
fn aim(w: &World<'_>) -> Value {
    json!({"amount": format!("{}.00", 50_000 + w.next()), "currency": "CNY", "orders": 12})
}
/// A target, in a month of its own.
fn aimed(w: &World<'_>, holder: &str) -> Target {
    let n = w.next();
    let path = format!("{holder}/{}-{:02}", 2100 + n / 12, n % 12 + 1);
    let etag = w.admin().put(&path, aim(w), None).expect(200).etag().to_owned();
    Target { path, etag }
}

/// Orders in review of the same products.
fn reviewed(w: &World<'_>) {
    won(w);
    let name = format!("={}", w.next());
    w.admin().post("/api/v1/products", json!({"sku": name, "name": name})).expect(201);
    let mut entry = crate::orders::sound(&w.customer);
    entry["lines"][0]["product"] = json!(name);
    let path = w.enter(&w.rep(), "/api/v1/orders", entry);
    w.rep().action(&format!("{path}/submit"), serde_json::Value::Null, "*").expect(200);
}

fn service(path: &'static str) -> Resource {
    let read = Op::get().public();
    Resource::new(path, Kind::Service, vec![read])
}

pub fn resources() -> Vec<Resource> {
    let computed = "it grows while its job runs, and has no version";
    vec![
        Resource::new("/api/v1/events", Kind::Feed, vec![Op::get().everybody()]).listed(List {
            fill: |w| {
                for status in ["draft", "draft", "draft", "draft", "won"] {
                    w.order(status);
                }
                "/api/v1/events".into()
            },
            id: "/id",
            filters: &[
                ("type", "type=order.won,customer.*", "type=Order"),
                ("record_type", "record_type=order,customer", "record_type=ORDER"),
                ("record", "record=0192d3a4-0000-7000-8000-000000000000", "record=x"),
            ],
            condition: "",
            formula: "",
        }),
        Resource::new(
            "/api/v1/analytics/summary",
            Kind::Singleton,
            vec![Op::get().everybody().except(Proof::NotModified, "figures of many records have no version")],
        ),
        Resource::new(
            "/api/v1/analytics/report",
            Kind::Singleton,
            vec![Op::get().everybody().except(Proof::NotModified, "figures of many records have no version")],
        ),
        counted("/api/v1/analytics/conversion", fill_conversion),
        revenue(),
        trend(),
        accuracy(),
        review(),
        funnel(),
        reasons(),
        slipped(),
        times(),
        answered("/api/v1/analytics/customers", |w| {
            won(w);
            Some(Target { path: "/api/v1/analytics/customers".into(), etag: String::new() })
        }),
        answered("/api/v1/analytics/sources", |w| {
            of_products(w, "won", json!({"source": "trade_fair"}));
            Some(Target { path: "/api/v1/analytics/sources".into(), etag: String::new() })
        }),
        answered("/api/v1/analytics/stuck", stuck),
        answered("/api/v1/analytics/churn", churn),
        answered("/api/v1/analytics/people", people),
        target("/api/v1/targets/users/{id}/{month}", |w| Some(aimed(w, &format!("/api/v1/targets/users/{}", w.app.cast.rep.id)))),
        target("/api/v1/targets/teams/{id}/{month}", |w| Some(aimed(w, &format!("/api/v1/targets/teams/{}", w.app.cast.team_a)))),
        Resource::new(
            "/api/v1/imports",
            Kind::Collection,
            vec![{
                let mut op = Op::create(form)
                    .done(202)
                    .refused(|c| &c.rep)
                    .except(Proof::Malformed, "its body is a form and no JSON")
                    .except(Proof::UnknownField, "its body is a form; a part that is unknown is among its faults")
                    .except(Proof::TooLarge, "a file has 64 MiB; its limit is proved in the tests of imports")
                    .except(Proof::ReadBack, "what it answers is the job, which goes on meanwhile")
                    .wrong(
                        || Value::String("--x\r\nContent-Disposition: form-data; name=\"nonsense\"\r\n\r\n{}\r\n--x--\r\n".into()),
                        &[("/file", "required"), ("/mapping", "required"), ("/nonsense", "unknown_field")],
                    );
                op.media_type = "multipart/form-data; boundary=x";
                op
            }],
        ),
        Resource::new("/api/v1/imports/{id}", Kind::Record, vec![Op::get().refused(|c| &c.rep).at(|w| imported(w, "imports/{id}"))]),
        Resource::new(
            "/api/v1/imports/{id}/errors",
            Kind::Singleton,
            vec![Op::get().refused(|c| &c.rep).at(|w| imported(w, "imports/{id}/errors")).except(Proof::NotModified, computed)],
        ),
        Resource::new(
            "/api/v1/jobs/{id}",
            Kind::Record,
            vec![
                Op::get().refused(|c| &c.rep).at(|w| imported(w, "jobs/{id}")),
                Op::delete()
                    .refused(|c| &c.rep)
                    .at(|w| imported(w, "jobs/{id}"))
                    .except_all(&[Proof::IfMatch, Proof::Stale], "to cancel is right whatever has been done by then")
                    .except_all(&[Proof::Archive, Proof::Restore], "a job is cancelled and stays to be read")
                    .except(Proof::NotAcceptable, "an empty answer is in no representation"),
            ],
        ),
        service("/livez"),
        service("/readyz"),
        service("/version"),
        service("/metrics"),
        Resource::new(
            "/api/v1/system/performance",
            Kind::Singleton,
            vec![{
                let op = Op::get().refused(|c| &c.rep).except(Proof::NotModified, "it is measured at each call and belongs to no version");
                op.at(|w| {
                    (system::CHORE.run)(&w.app.state).unwrap();
                    Some(Target { path: "/api/v1/system/performance".into(), etag: String::new() })
                })
            }],
        ),
        Resource::new("/problems/{code}", Kind::Service, vec![Op::get().public().at(|_| Some(Target { path: "/problems/stale".into(), etag: String::new() }))]),
    ]
}
