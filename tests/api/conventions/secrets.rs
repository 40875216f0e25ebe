//! What hands out secrets: it is neither rehearsed nor kept, so that a key or a wish to rehearse changes nothing.
use super::proof::Proof;
use super::table;
use super::world::World;

both! {
    fn what_hands_out_secrets_is_not_kept_for_a_repetition(app: &TestApp) {
        let w = World::new(app);
        let mut seen = 0;
        for resource in table::all() {
            // A call that only tries stores nothing in any case.
            for op in resource.ops.iter().filter(|op| op.excepted(Proof::Replay).is_some() && !resource.path.ends_with("/validate")) {
                assert!(resource.path.starts_with("/api/v1/auth/") || resource.path == "/api/v1/api-keys", "{} hands out no secret", resource.path);
                seen += 1;
                let client = app.as_(&w.somebody());
                let body = op.body.map(|body| body(&w));
                w.send(&client, op, &format!("{}?validate_only=true", resource.path), "", body.as_ref()).problem(400, "unknown_parameter");
                let kept = w.stored().1;
                // Not even a key that is none is looked at.
                w.send(&client.with("idempotency-key", "a b"), op, resource.path, "", body.as_ref()).expect(op.done);
                let client = app.as_(&w.somebody()).with("idempotency-key", "the-key");
                let body = op.body.map(|body| body(&w));
                let first = w.send(&client, op, resource.path, "", body.as_ref()).expect(op.done);
                let again = w.send(&client, op, resource.path, "", body.as_ref());
                assert!(again.header("idempotent-replayed").is_empty() && (again.text.is_empty() || again.text != first.text), "{again}");
                assert_eq!(w.stored().1, kept);
            }
        }
        assert_eq!(seen, 6);
    }
}
