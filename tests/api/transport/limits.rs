//! Requests that are too large, or not what they say they are.
use super::Wire;
use crate::harness::TestApp;

const LOGIN: &str = "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";

fn asked(app: &TestApp, text: impl AsRef<[u8]>) -> (super::Reply, Wire) {
    let mut wire = Wire::open(app.address());
    wire.send(text);
    (wire.answer(), wire)
}

both! {
    fn an_address_has_a_length(app: &TestApp) {
        let get = |length: usize| format!("GET /livez?{} HTTP/1.1\r\nHost: x\r\n\r\n", "x".repeat(length));
        asked(app, get(15_993)).0.problem(400, "unknown_parameter");
        asked(app, get(15_994)).0.problem(414, "url_too_long");
        // What cannot be read at all is answered by the server below, without a body.
        assert_eq!(asked(app, get(70_000)).0.status, 400);
    }

    fn header_fields_have_a_size(app: &TestApp) {
        let get = |length: usize| format!("GET /livez HTTP/1.1\r\nHost: x\r\nX-Large: {}\r\n\r\n", "x".repeat(length));
        assert_eq!(asked(app, get(32_000)).0.status, 200);
        asked(app, get(33_000)).0.problem(431, "headers_too_large");
        assert_eq!(asked(app, format!("GET /livez HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(97))).0.status, 431);
        let mut wire = Wire::open(app.address());
        wire.send(&get(131_072)[..131_072]);
        assert_eq!(wire.answer().status, 431);
    }

    fn a_body_is_as_long_as_it_says(app: &TestApp) {
        for faulty in ["Content-Length: x", "Content-Length: -1", "Content-Length: 2\r\nContent-Length: 3", "Content-Length: 2\r\nTransfer-Encoding: chunked"] {
            let (answer, mut wire) = asked(app, format!("{LOGIN}{faulty}\r\n\r\n{{}}"));
            assert_eq!(answer.status, 400, "{faulty}");
            assert!(wire.is_closed(), "{faulty}");
        }
        let mut wire = Wire::open(app.address());
        wire.send(format!("{LOGIN}Content-Length: 100\r\n\r\n{{}}"));
        wire.end_sending();
        wire.answer().problem(400, "malformed_request");
        // What is left over is no request.
        let (answer, mut wire) = asked(app, format!("{LOGIN}Content-Length: 2\r\n\r\n{{}} and more"));
        answer.problem(422, "invalid");
        wire.send("\r\n\r\n");
        assert_eq!(wire.answer().status, 400);
        assert!(wire.is_closed());
    }

    fn chunks_have_the_limit_of_a_body(app: &TestApp) {
        let chunk = |size: usize| format!("{size:x}\r\n{}\r\n", " ".repeat(size));
        let (answer, mut wire) = asked(app, format!("{LOGIN}Transfer-Encoding: chunked\r\n\r\n{}{}", chunk(1 << 20), chunk(1)));
        answer.problem(413, "too_large");
        assert!(wire.is_closed(), "what follows is not read");
        asked(app, format!("{LOGIN}Transfer-Encoding: chunked\r\n\r\n{}2\r\n{{}}\r\n0\r\n\r\n", chunk((1 << 20) - 2))).0.problem(422, "invalid");
        asked(app, format!("{LOGIN}Transfer-Encoding: chunked\r\n\r\nno size\r\n")).0.problem(400, "malformed_request");
    }

    fn a_body_that_is_announced_is_asked_for(app: &TestApp) {
        let mut wire = Wire::open(app.address());
        wire.send(format!("{LOGIN}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"));
        assert_eq!(wire.answer().status, 100);
        wire.send("{}");
        wire.answer().problem(422, "invalid");
        let mut wire = Wire::open(app.address());
        wire.send(format!("{LOGIN}Expect: 100-continue\r\nContent-Length: 5000000\r\n\r\n"));
        assert_eq!(wire.answer().status, 100);
        wire.answer().problem(413, "too_large");
    }

    fn json_nests_64_deep(app: &TestApp) {
        let nested = |depth: usize| format!("{{\"email\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
        let client = app.nobody();
        client.raw("POST", "/api/v1/auth/login", "application/json", nested(64)).problem(422, "invalid");
        client.raw("POST", "/api/v1/auth/login", "application/json", nested(65)).problem(400, "malformed_json");
    }
}
