//! Who is too slow is cut off: in the head, in a body, in an upload.
use std::iter::repeat_n;
use std::time::Duration;

use intent_orders::platform::config::Deadlines;

use super::Wire;
use crate::harness::TestApp;

/// Long enough for the server's clock, which moves on twice a second.
const HEAD: Duration = Duration::from_millis(1200);
const BODY: Duration = Duration::from_millis(600);
const UPLOAD: Duration = Duration::from_millis(1500);
const IDLE: Duration = Duration::from_millis(800);
const ANSWER: Duration = Duration::from_millis(500);
const PAUSE: Duration = Duration::from_millis(50);

fn impatient(app: &TestApp) -> TestApp {
    app.beside(|config| config.deadlines = Deadlines { head: HEAD, body: BODY, upload: UPLOAD, idle: IDLE, answer: ANSWER, ..config.deadlines })
}

/// An upload that never ends.
fn form(token: &str) -> String {
    format!(
        "POST /api/v1/imports HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 5000000\r\n\r\n\
        --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"p.csv\"\r\n\r\nsku,name\n"
    )
}

const LOGIN: &str = "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";

both! {
    fn half_a_head_is_cut_off(app: &TestApp) {
        let app = impatient(app);
        let mut wire = Wire::open(app.address());
        wire.send("GET /livez HTTP/1.1\r\nHo");
        // The server answers before it is a request, so there is no body.
        assert_eq!(wire.answer().status, 408);
        assert!(wire.is_closed());
    }

    fn a_head_that_drips_is_cut_off(app: &TestApp) {
        let app = impatient(app);
        let mut wire = Wire::open(app.address());
        wire.send("GET /livez HTTP/1.1\r\nX-Slow: ");
        let took = wire.drip(repeat_n(b'x', 1000), PAUSE);
        assert!(took < Duration::from_secs(4), "{took:?}");
    }

    fn half_a_head_behind_a_request_is_cut_off(app: &TestApp) {
        let app = impatient(app);
        let request = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n";
        // Behind the answer, or on the heels of the request.
        for (first, then) in [(request.to_owned(), "GET /livez HTTP/1.1\r\nX-Slow: "), (format!("{request}GET /livez HTTP/1.1\r\nX-Slow: "), "x")] {
            let mut wire = Wire::open(app.address());
            wire.send(first);
            assert_eq!(wire.answer().status, 200);
            wire.send(then);
            let took = wire.drip(repeat_n(b'x', 1000), PAUSE);
            assert!(took >= IDLE && took < Duration::from_secs(4), "{took:?}");
            assert!(wire.is_closed());
        }
    }

    fn who_does_not_read_an_answer_is_cut_off(app: &TestApp) {
        let app = impatient(app);
        let mut wire = Wire::open(app.address());
        // More than is on its way in the system.
        wire.send("GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n".repeat(16));
        std::thread::sleep(ANSWER * 3);
        let mut answers = Vec::new();
        while let Some(size) = wire.end_of_answer() {
            answers.push(size);
        }
        assert!(answers.len() < 16, "it was given all of its answers");
    }

    fn who_reads_slowly_is_given_the_whole_answer(app: &TestApp) {
        let app = impatient(app);
        let mut wire = Wire::open(app.address());
        wire.send("GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n".repeat(16));
        for _ in 0..16 {
            std::thread::sleep(ANSWER / 4);
            assert_eq!(wire.end_of_answer().map(|size| size > 500_000), Some(true));
        }
    }

    fn half_a_body_is_cut_off_in_the_callers_language(app: &TestApp) {
        let app = impatient(app);
        for (accept, title) in [("en", "Too slow"), ("zh-CN", "请求超时")] {
            let mut wire = Wire::open(app.address());
            wire.send(format!("{LOGIN}Accept-Language: {accept}\r\nContent-Length: 100\r\n\r\n{{\"email\":"));
            let problem = wire.answer().problem(408, "request_timeout");
            assert_eq!((problem.body["title"].as_str(), problem.header("connection")), (Some(title), "close"));
            assert!(wire.is_closed());
        }
    }

    fn a_body_that_drips_is_cut_off_even_in_chunks(app: &TestApp) {
        let app = impatient(app);
        for length in ["Content-Length: 5000", "Transfer-Encoding: chunked"] {
            let mut wire = Wire::open(app.address());
            wire.send(format!("{LOGIN}{length}\r\n\r\n"));
            let chunks = b"1\r\n \r\n".iter().copied().cycle().take(1000);
            let took = wire.drip(chunks, PAUSE);
            // The deadline, and a second in which the client may read the answer.
            assert!(took < Duration::from_secs(4), "{length}: {took:?}");
        }
    }

    fn an_upload_has_a_deadline_for_each_piece_and_for_all(app: &TestApp) {
        let app = impatient(app);
        let form = form(&app.token(&app.cast.admin));
        let mut wire = Wire::open(app.address());
        wire.send(&form);
        assert!(wire.answer().problem(408, "request_timeout").body["detail"].as_str().unwrap().contains("0 s"));
        let mut wire = Wire::open(app.address());
        wire.send(&form);
        wire.drip(repeat_n(b'x', 40), PAUSE);
        assert!(wire.answer().problem(408, "request_timeout").body["detail"].as_str().unwrap().contains("1 s"));
    }

    fn nobody_is_kept_by_a_body_that_is_not_wanted(app: &TestApp) {
        let app = impatient(app);
        for (target, status) in [("POST /api/v1/orders", 401), ("POST /nothing", 404), ("DELETE /livez", 405)] {
            let mut wire = Wire::open(app.address());
            wire.send(format!("{target} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"));
            assert_eq!(wire.answer().status, status, "{target}");
            let took = wire.drip(b"1\r\nx\r\n".iter().copied().cycle().take(1000), PAUSE);
            assert!(took < Duration::from_secs(4), "{target}: {took:?}");
        }
    }

    fn who_is_in_time_is_answered_and_keeps_the_connection(app: &TestApp) {
        let app = impatient(app);
        let mut wire = Wire::open(app.address());
        for _ in 0..2 {
            wire.send(format!("{LOGIN}Transfer-Encoding: chunked\r\n\r\n1\r\n{{\r\n"));
            std::thread::sleep(BODY / 4);
            wire.send("1\r\n}\r\n0\r\n\r\n");
            let answer = wire.answer().problem(422, "invalid");
            assert_eq!(answer.header("connection"), "");
        }
    }
}
