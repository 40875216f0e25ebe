//! What mappings and rows must do, as tables and as properties. Owns no data but invented rows.
#![allow(clippy::unwrap_used)]
use csv::{ReaderBuilder, StringRecord};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn rows(text: &str) -> (StringRecord, Vec<StringRecord>) {
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(strip_bom(text.as_bytes()));
    let headers = reader.headers().unwrap().clone();
    (headers, reader.records().map(Result::unwrap).collect())
}

/// A mapping of orders with these fields, applied to every row of a file.
fn read(fields: Value, file: &str) -> Vec<Result<Value, Vec<RowFault>>> {
    let (headers, records) = rows(file);
    let bound = Mapping::parse(&json!({"entity": "orders", "fields": fields}), ORDERS).unwrap().bind(&headers).unwrap();
    records.iter().map(|record| bound.row(record).map(Value::Object)).collect()
}

/// One field `title`, one column `a`, one cell.
fn title(spec: Value, cell: &str) -> Result<Value, (&'static str, Option<String>)> {
    let bound = Mapping::parse(&json!({"entity": "orders", "fields": {"title": spec}}), ORDERS).unwrap();
    let row = bound.bind(&StringRecord::from(vec!["a"])).unwrap().row(&StringRecord::from(vec![cell]));
    row.map(|body| body.get("title").cloned().unwrap_or_default()).map_err(|faults| (faults[0].code, faults[0].column.clone()))
}

fn faults(mapping: Value) -> Vec<(String, &'static str)> {
    let known = mapping["entity"].as_str().and_then(known_targets).unwrap_or_default();
    Mapping::parse(&mapping, known).unwrap_err().into_iter().map(|fault| (fault.pointer, fault.code)).collect()
}

fn field_faults(spec: Value) -> Vec<(String, &'static str)> {
    let found = faults(json!({"entity": "orders", "fields": {"title": spec}}));
    found.into_iter().map(|(pointer, code)| (pointer.replacen("/fields/title", "", 1), code)).collect()
}

#[test]
fn a_cell_becomes_the_value_that_its_source_says() {
    let date = |format: &str| json!({"column": "a", "date_format": format});
    let number = |thousands: &str, decimal: &str| json!({"column": "a", "number": {"thousands": thousands, "decimal": decimal}});
    let map = json!({"column": "a", "values": {"x": "y", "n": 5, "none": null, "": "was empty"}});
    let strict = json!({"column": "a", "values": {"x": "y"}, "otherwise": "else"});
    let null = Value::Null;
    for (spec, cell, expected) in [
        (json!({"column": "a"}), " as it is ", json!(" as it is ")),
        (json!({"column": "a"}), "  ", null.clone()),
        (json!({"constant": true}), "", json!(true)),
        (json!({"constant": null}), "x", null.clone()),
        (json!({"template": "<{{a}}>"}), "{{ a }}", json!("<{{ a }}>")),
        (json!({"template": "<{{ a }}>"}), "", null.clone()),
        (json!({"template": "{{ a | slug }}@example.com"}), "Ada Byron", json!("ada.byron@example.com")),
        (json!({"template": "{{ a | trim | upper }}{{ a|lower }}"}), " Ab", json!("AB ab")),
        (json!({"template": "{{ a }}", "values": {"x": "y"}}), "x", json!("y")),
        (map.clone(), "x", json!("y")),
        (map.clone(), "n", json!(5)),
        (map.clone(), "none", null.clone()),
        (map.clone(), "", json!("was empty")),
        (map, "other", json!("other")),
        (strict.clone(), "other", json!("else")),
        (strict, "", null.clone()),
        (json!({"column": "a", "values": {"x": "y"}, "otherwise": null}), "other", null),
        (date("%Y-%m-%d"), " 2017-03-01 ", json!("2017-03-01")),
        (date("%d.%m.%Y"), "31.12.2017", json!("2017-12-31")),
        (date("%m/%d/%y"), "2/28/17", json!("2017-02-28")),
        (date("%Y-%m-%dT%H:%M:%SZ"), "2017-03-01T23:59:59Z", json!("2017-03-01")),
        (json!({"column": "a", "values": {"soon": "2027-01-01"}, "date_format": "%Y-%m-%d"}), "soon", json!("2027-01-01")),
        (number(",", "."), "-1,234,567.50", json!("-1234567.50")),
        (number(".", ","), "1.234,5", json!("1234.5")),
        (json!({"column": "a", "number": {}}), "+12.5", json!("12.5")),
    ] {
        assert_eq!(title(spec.clone(), cell), Ok(expected), "{spec} of {cell:?}");
    }
}

#[test]
fn a_cell_that_is_no_date_or_number_is_a_fault_of_its_row() {
    for cell in ["2017-02-29", "17-03-01", "2017-03-01 x", "soon", "2017/03/01"] {
        assert_eq!(title(json!({"column": "a", "date_format": "%Y-%m-%d"}), cell), Err(("bad_date", Some("a".into()))), "{cell}");
    }
    for cell in ["1,5", "1,2345", "1.2.3", "12 000", "1.", ".5", "-", "1e3", "１２", "USD 5", ",123"] {
        assert_eq!(title(json!({"column": "a", "number": {"thousands": ","}}), cell), Err(("bad_number", Some("a".into()))), "{cell}");
    }
}

#[test]
fn bodies_are_built_along_their_paths_and_what_is_absent_closes_up() {
    let fields = json!({
        "external_ref.system": {"constant": "crm"}, "external_ref.id": {"column": "id"},
        "tags[0]": {"column": "t0"}, "tags[2]": {"column": "t2"},
        "created_at": {"column": "begun", "fallback": ["ended", "seen"], "date_format": "%Y-%m-%d"},
        "lines[0].product": {"column": "first"}, "lines[1].product": {"column": "second"}, "lines[1].quantity": {"column": "n"},
    });
    let file =
        "\u{feff}\"id\",t0,t2,begun,ended,seen,first,second,n\r\n1,\"a, \"\"b\"\"\",c,,2017-01-02,2017-01-03,P,Q,2\r\n2,,c,,,,,Q,\r\n3,,,,x,,,,\r\n4,,\r\n";
    let found = read(fields, file);
    let (reference, lines) = (json!({"system": "crm", "id": "1"}), json!([{"product": "P"}, {"product": "Q", "quantity": "2"}]));
    assert_eq!(found[0], Ok(json!({"external_ref": reference, "tags": ["a, \"b\"", "c"], "created_at": "2017-01-02", "lines": lines})));
    assert_eq!(found[1], Ok(json!({"external_ref": {"system": "crm", "id": "2"}, "tags": ["c"], "lines": [{"product": "Q"}]})));
    let fault = &found[2].as_ref().unwrap_err()[0];
    assert_eq!((fault.code, fault.column.as_deref(), fault.pointer().as_str()), ("bad_date", Some("ended"), "/created_at"));
    let fault = &found[3].as_ref().unwrap_err()[0];
    assert_eq!((fault.code, fault.column.as_deref(), fault.pointer().as_str()), ("wrong_width", None, ""));
    assert_eq!(json!(fault.params), json!({"expected": 9, "found": 3}));
}

#[test]
fn a_row_tells_all_its_faults() {
    let date = json!({"column": "a", "date_format": "%Y-%m-%d"});
    let fields = json!({"created_at": date, "closed_on": date, "lines[3].unit_price": {"column": "a", "number": {}}});
    let found = read(fields, "a\nx\n").remove(0).unwrap_err();
    let pointers: Vec<_> = found.iter().map(|fault| (fault.code, fault.pointer())).collect();
    assert_eq!(pointers, [("bad_date", "/closed_on".into()), ("bad_date", "/created_at".into()), ("bad_number", "/lines/3/unit_price".into())]);
}

#[test]
fn a_mapping_tells_all_its_faults() {
    let found = faults(json!({"entity": "orders", "feilds": 1, "fields": {
        "titel": {"column": "a"}, "tags[]": {"column": "a"}, "tags[200]": {"column": "a"}, "a/b": {"column": 7},
        "note": {"column": "a", "template": "{{ a | slag }}", "constant": {}}, "status": {}, "stage": 1,
    }}));
    let expected = [
        ("/feilds", "unknown_key"),
        ("/fields/a~1b", "bad_target"),
        ("/fields/a~1b/column", "wrong_type"),
        ("/fields/note", "two_sources"),
        ("/fields/note/constant", "wrong_type"),
        ("/fields/note/template", "unknown_filter"),
        ("/fields/stage", "wrong_type"),
        ("/fields/status", "no_source"),
        ("/fields/tags[200]", "bad_target"),
        ("/fields/tags[]", "bad_target"),
        ("/fields/titel", "unknown_target"),
    ];
    assert_eq!(found, expected.map(|(pointer, code)| (pointer.to_owned(), code)));
    assert_eq!(faults(json!([])), [(String::new(), "wrong_type")]);
    assert_eq!(faults(json!({})), [("/entity".into(), "required"), ("/fields".into(), "required")]);
    assert_eq!(faults(json!({"entity": "order", "fields": {"x": {"constant": 1}}})), [("/entity".into(), "unknown_entity")]);
}

#[test]
fn a_field_tells_all_its_faults() {
    for (spec, expected) in [
        (json!({"column": "a", "colum": "b"}), vec![("/colum", "unknown_key")]),
        (json!({"column": "a", "fallback": "b"}), vec![("/fallback", "wrong_type")]),
        (json!({"column": "a", "fallback": ["b", 1]}), vec![("/fallback/1", "wrong_type")]),
        (json!({"template": "{{ a }}", "fallback": ["b"]}), vec![("/fallback", "needs_column")]),
        (json!({"template": "{{ a"}), vec![("/template", "bad_template")]),
        (json!({"template": "{{ a {{ b }}"}), vec![("/template", "bad_template")]),
        (json!({"template": "{{ | slug }}"}), vec![("/template", "bad_template")]),
        (json!({"template": "no cell"}), vec![("/template", "bad_template")]),
        (json!({"template": "{{ a | slugg | lour }}"}), vec![("/template", "unknown_filter"), ("/template", "unknown_filter")]),
        (json!({"column": "a", "values": {"x": [1]}, "otherwise": {}}), vec![("/values/x", "wrong_type"), ("/otherwise", "wrong_type")]),
        (json!({"column": "a", "otherwise": 1}), vec![("/otherwise", "needs_values")]),
        (json!({"constant": 1, "values": {}, "number": {}}), vec![("/values", "not_with_constant"), ("/number", "not_with_constant")]),
        (json!({"column": "a", "date_format": "%Q"}), vec![("/date_format", "bad_date_format")]),
        (json!({"column": "a", "date_format": "%Y-%m"}), vec![("/date_format", "bad_date_format")]),
        (json!({"column": "a", "date_format": "YYYY-MM-DD"}), vec![("/date_format", "bad_date_format")]),
        (json!({"column": "a", "date_format": "%F", "number": {}}), vec![("", "two_formats")]),
        (
            json!({"column": "a", "number": {"thousands": ",,", "decimal": "1"}}),
            vec![("/number/thousands", "bad_number_format"), ("/number/decimal", "bad_number_format")],
        ),
        (json!({"column": "a", "number": {"thousands": "."}}), vec![("/number", "bad_number_format")]),
    ] {
        let expected: Vec<_> = expected.into_iter().map(|(pointer, code)| (pointer.to_owned(), code)).collect();
        assert_eq!(field_faults(spec.clone()), expected, "{spec}");
    }
}

#[test]
fn what_is_misspelt_is_answered_with_the_nearest_name() {
    for (target, near) in [("titel", Some("title")), ("product", Some("lines[0].product")), ("line[0].product", Some("lines[0].product")), ("zzzzzz", None)] {
        let found = Mapping::parse(&json!({"entity": "orders", "fields": {target: {"constant": 1}}}), ORDERS).unwrap_err();
        assert_eq!(found[0].params.get("suggestion").and_then(Value::as_str), near, "{target}");
    }
}

#[test]
fn columns_that_a_file_lacks_are_named_at_once() {
    let fields = json!({"title": {"template": "{{ prodct }} {{ gone }}"}, "note": {"column": "a", "fallback": ["b"]}});
    let mapping = Mapping::parse(&json!({"entity": "orders", "fields": fields}), ORDERS).unwrap();
    let found = mapping.bind(&StringRecord::from(vec!["\u{feff}a", " product ", "x", "x", "", ""])).unwrap_err();
    let told: Vec<_> = found.iter().map(|fault| (fault.pointer.as_str(), fault.code, fault.params["column"].as_str().unwrap())).collect();
    let expected = [
        ("", "duplicate_column", "x"),
        ("/fields/note/fallback/0", "unknown_column", "b"),
        ("/fields/title/template", "unknown_column", "prodct"),
        ("/fields/title/template", "unknown_column", "gone"),
    ];
    assert_eq!(told, expected);
    assert_eq!(json!(found[2].params), json!({"column": "prodct", "columns": ["a", "product", "x", "x", "", ""], "suggestion": "product"}));
}

#[test]
fn without_a_mapping_the_header_names_the_targets() {
    let (headers, records) = rows("\u{feff}title,lines[0].product,tags[1],error_code,error_pointer,error_reason\nT,P,t,old,/x,why\n");
    let bound = Mapping::identity(&headers, ORDERS).unwrap().bind(&headers).unwrap();
    assert_eq!(bound.row(&records[0]).map(Value::Object), Ok(json!({"title": "T", "lines": [{"product": "P"}], "tags": ["t"]})));
    let found = Mapping::identity(&StringRecord::from(vec!["title", "titel", "title", ""]), ORDERS).unwrap_err();
    assert_eq!(found.iter().map(|fault| fault.code).collect::<Vec<_>>(), ["unknown_target", "duplicate_column", "bad_target"]);
    assert_eq!(error_columns(), ERROR_COLUMNS);
}

#[test]
fn the_mappings_kept_for_the_crm_files_are_sound() {
    let order_header = "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value";
    for (text, header) in [
        (include_str!("../../../../tests/crm/products.json"), "product,series,sales_price"),
        (include_str!("../../../../tests/crm/products-without-alias.json"), "product,series,sales_price"),
        (include_str!("../../../../tests/crm/customers.json"), "account,sector,office_location"),
        (include_str!("../../../../tests/crm/users.json"), "sales_agent,manager,regional_office"),
        (include_str!("../../../../tests/crm/orders.json"), order_header),
    ] {
        let json: Value = serde_json::from_str(text).unwrap();
        let known = known_targets(json["entity"].as_str().unwrap()).unwrap();
        let bound = Mapping::parse(&json, known).unwrap().bind(&header.split(',').collect());
        assert!(bound.is_ok(), "{bound:?}");
    }
    let json: Value = serde_json::from_str(include_str!("../../../../tests/crm/orders.json")).unwrap();
    let file = format!("{order_header}\nA1,Ada Byron,Lamp,,Prospecting,,,\nA2,Ada Byron,Lamp,Isle,Lost,2017-01-02,2017-02-03,0\n");
    let (found, line) = (read(json["fields"].clone(), &file), json!([{"product": "Lamp", "quantity": "1"}]));
    let base = |id: &str, rest: Value| {
        let mut body = json!({"external_ref": {"system": "crm", "id": id}, "owner_email": "ada.byron@example.com", "currency": "USD", "lines": line});
        body.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        Ok(body)
    };
    assert_eq!(found[0], base("A1", json!({"title": "Lamp for ", "status": "pending", "stage": "intent"})));
    let lost = json!({"title": "Lamp for Isle", "customer_name": "Isle", "status": "lost", "created_at": "2017-01-02", "closed_on": "2017-02-03"});
    assert_eq!(found[1], base("A2", lost));
}

/// Any JSON, and JSON that is nearly a mapping.
fn any_json() -> impl Strategy<Value = Value> {
    let text = prop_oneof!["\\PC{0,12}", "[{}|a%YmdH:,. -]{0,16}", Just("a".to_owned())];
    let leaf = prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::from), any::<i64>().prop_map(Value::from), text.prop_map(Value::from)];
    let keys = [
        "entity",
        "fields",
        "title",
        "lines[0].product",
        "column",
        "fallback",
        "constant",
        "template",
        "values",
        "otherwise",
        "date_format",
        "number",
        "decimal",
    ];
    let key = prop_oneof![4 => proptest::sample::select(keys.to_vec()).prop_map(str::to_owned), 1 => "[a-z\\[\\]0-9./~]{0,12}"];
    leaf.prop_recursive(4, 64, 6, move |inner| {
        let members = proptest::collection::btree_map(key.clone(), inner.clone(), 0..6).prop_map(|map| Value::Object(map.into_iter().collect()));
        prop_oneof![proptest::collection::vec(inner, 0..4).prop_map(Value::Array), members]
    })
}

proptest! {
    #[test]
    fn no_mapping_panics(json in any_json(), spec in any_json(), header in proptest::collection::vec("\\PC{0,6}", 0..5), record in proptest::collection::vec("\\PC{0,12}", 0..5)) {
        let near = json!({"entity": "orders", "fields": {"title": spec, "note": {"column": "a"}}});
        let headers: StringRecord = header.iter().map(String::as_str).chain(["a"]).collect();
        let record = StringRecord::from(record);
        for mapping in [Mapping::parse(&json, ORDERS), Mapping::parse(&near, ORDERS), Mapping::identity(&headers, ORDERS)].into_iter().flatten() {
            let _ = mapping.bind(&headers).map(|bound| bound.row(&record));
        }
    }

    #[test]
    fn no_cell_or_format_panics(cell in "\\PC{0,20}", digits in "[0-9.,+ -]{0,24}", template in "[{}|a lower]{0,24}", format in "[%a-zA-Z0-9:. -]{0,10}") {
        for spec in [json!({"column": "a", "date_format": format}), json!({"column": "a", "number": {"thousands": ","}}), json!({"template": template})] {
            if let Ok(mapping) = Mapping::parse(&json!({"entity": "orders", "fields": {"title": spec}}), ORDERS) {
                let bound = mapping.bind(&StringRecord::from(vec!["a"]));
                for text in [&cell, &digits] {
                    let _ = bound.as_ref().map(|bound| bound.row(&StringRecord::from(vec![text.as_str()])));
                }
            }
        }
    }

    #[test]
    fn a_template_without_filters_gives_a_full_row_back(cells in proptest::collection::vec("[^\\x00\\x1f ][^\\x1f]{0,12}", 1..6)) {
        prop_assume!(cells.iter().all(|cell| !cell.trim().is_empty()));
        let headers: StringRecord = (0..cells.len()).map(|n| format!("c{n}")).collect::<Vec<_>>().into();
        let template = headers.iter().map(|name| format!("{{{{ {name} }}}}")).collect::<Vec<_>>().join("\u{1f}");
        let mapping = Mapping::parse(&json!({"entity": "orders", "fields": {"title": {"template": template}}}), ORDERS).unwrap();
        let body = mapping.bind(&headers).unwrap().row(&StringRecord::from(cells.clone())).unwrap();
        prop_assert_eq!(body["title"].as_str().unwrap().split('\u{1f}').collect::<Vec<_>>(), cells);
    }

    #[test]
    fn a_grouped_number_is_the_number(n in any::<i32>(), cents in 0..100_u32) {
        let plain = n.unsigned_abs().to_string();
        let mut grouped = String::new();
        for (place, digit) in plain.chars().enumerate() {
            if place > 0 && (plain.len() - place) % 3 == 0 { grouped.push(','); }
            grouped.push(digit);
        }
        let sign = if n < 0 { "-" } else { "" };
        let found = title(json!({"column": "a", "number": {"thousands": ","}}), &format!("{sign}{grouped}.{cents:02}"));
        prop_assert_eq!(found, Ok(json!(format!("{sign}{plain}.{cents:02}"))));
    }
}
