//! What imports keep of a person: files, refused rows, names.
use diesel::prelude::*;
use intent_orders::platform::clock::new_id;
use intent_orders::platform::db::schema::{imports, jobs as job_rows};
use intent_orders::platform::db::{Id, Json};
use intent_orders::platform::jobs::{self, Lease, NewJob};
use serde_json::json;

use super::{erase, with_contacts};
use crate::harness::TestApp;
use crate::imports::import;

const FILE: &str = "name,contacts[0].name,contacts[0].phone,contacts[0].title,source\n\
    Good,Wu,1,Buyer,\nBad,LI NA,021 55550100,Buyer,fair\n\"Worse\",Wu,2,Buyer,fair\n";

/// Puts down an import that nobody works on, with a claim to it.
pub fn parked(app: &TestApp, file: &str) -> Lease {
    let (id, now, file) = (new_id(), app.state.clock.now(), file.as_bytes().to_vec());
    let put_down = move |tx: &mut _| {
        let lease = jobs::insert(tx, &NewJob { id, kind: "parked", total: None, created_by: None, now }, true)?;
        let row = (
            imports::id.eq(id),
            imports::entity.eq("customers"),
            imports::file_name.eq(Some("Li Na.csv")),
            imports::mapping.eq(Json(json!({"entity": "customers"}))),
            imports::file.eq(file.clone()),
            imports::validate_only.eq(false),
            (imports::next_row.eq(1_i64), imports::created.eq(1_i64), imports::updated.eq(0_i64), imports::unchanged.eq(0_i64), imports::refused.eq(0_i64)),
        );
        diesel::insert_into(imports::table).values(row).execute(tx)?;
        Ok(lease)
    };
    app.state.db.write_here(put_down).unwrap()
}

fn file(app: &TestApp, id: Id) -> String {
    let file: Vec<u8> = app.state.db.read_here(move |c| Ok(imports::table.find(id).select(imports::file).first(c)?)).unwrap();
    String::from_utf8(file).unwrap()
}

both! {
    fn a_file_goes_when_its_job_ends_and_the_report_stays(app: &TestApp) {
        let mapping = json!({"entity": "customers"});
        let done = import(app, "", format!("\u{feff}{FILE}"), &mapping);
        let id = Id::parse(done.id()).unwrap();
        assert_eq!(file(app, id), "");
        let report = app.as_(&app.cast.admin).get(&format!("/api/v1/imports/{id}/errors")).expect(200).text;
        assert!(report.starts_with("name,contacts[0].name,contacts[0].phone,contacts[0].title,source,error_code,"), "{report}");
        assert!(report.contains("LI NA") && report.contains("\nWorse,Wu,2,Buyer,fair,not_one_of,"), "{report}");
        // One that waits and is cancelled ends without anybody working on it.
        let waiting = parked(app, FILE);
        let admin = app.as_(&app.cast.admin);
        app.state.db.write_here(move |tx| jobs::release(tx, &waiting)).unwrap();
        let waiting: Id = app.state.db.read_here(|c| Ok(job_rows::table.filter(job_rows::kind.eq("parked")).select(job_rows::id).first(c)?)).unwrap();
        admin.delete(&format!("/api/v1/jobs/{waiting}"), None).expect(204);
        assert_eq!(file(app, waiting), "");
        admin.get(&format!("/api/v1/imports/{waiting}/errors")).expect(200);
    }

    fn refused_rows_lose_the_person_alone(app: &TestApp) {
        let done = import(app, "", FILE, &json!({"entity": "customers"}));
        let customer = with_contacts(app);
        let contact = customer.body["contacts"][0]["id"].as_str().unwrap();
        erase(app, customer.id(), contact, Some("*")).expect(200);
        let report = app.as_(&app.cast.admin).get(&format!("/api/v1/imports/{}/errors", done.id())).expect(200).text;
        assert!(report.contains("\nBad,,,,fair,not_one_of,") && report.contains("\nWorse,Wu,2,Buyer,fair,not_one_of,"), "{report}");
    }

    fn a_file_that_waits_is_rewritten_and_taken_from_its_worker(app: &TestApp) {
        let lease = parked(app, FILE);
        let untouched = parked(app, "name\nGood\n");
        let customer = with_contacts(app);
        let contact = customer.body["contacts"][0]["id"].as_str().unwrap();
        erase(app, customer.id(), contact, Some("*")).expect(200);
        assert_eq!(file(app, lease.job), "name,contacts[0].name,contacts[0].phone,contacts[0].title,source\nGood,Wu,1,Buyer,\nBad,,,,fair\nWorse,Wu,2,Buyer,fair\n");
        let told = app.as_(&app.cast.admin).get(&format!("/api/v1/imports/{}", lease.job)).expect(200).body;
        assert_eq!((&told["file_name"], &told["state"], &told["done"]), (&json!("[erased].csv"), &json!("queued"), &json!(1)));
        // Who still has the old rows at hand stores none of them.
        let now = app.state.clock.now();
        let beat = |lease: Lease| app.state.db.write_here(move |tx| jobs::heartbeat(tx, &lease, 2, None, now));
        assert_eq!(beat(lease).unwrap_err().code().as_str(), "lease_lost");
        beat(untouched).unwrap();
    }

    fn the_same_row_is_no_longer_known_by_its_fingerprint(app: &TestApp) {
        let mapping = json!({"entity": "customers"});
        let file = "name,contacts[0].name\nAcme,Li Na\n";
        import(app, "", file, &mapping);
        let found = app.as_(&app.cast.admin).get("/api/v1/customers?name=acme").expect(200).body["data"][0].clone();
        let (customer, contact) = (found["id"].as_str().unwrap(), found["contacts"][0]["id"].as_str().unwrap());
        erase(app, customer, contact, Some("*")).expect(200);
        let again = import(app, "", file, &mapping);
        assert_eq!((&again.body["updated"], &again.body["unchanged"]), (&json!(1), &json!(0)));
        let now = app.as_(&app.cast.admin).get(&format!("/api/v1/customers/{customer}")).expect(200).body;
        assert!(now["contacts"][0]["id"] != found["contacts"][0]["id"] && now["erased_contacts"][0]["id"] == contact);
    }
}
