//! Which representation of the same answer a caller takes.
use actix_web::HttpRequest;
use actix_web::http::header;

/// The media type, of those offered beside JSON, that a request likes better than JSON.
#[must_use]
pub fn wanted<'o>(req: &HttpRequest, offers: &[&'o str]) -> Option<&'o str> {
    liked(req.headers().get(header::ACCEPT)?.to_str().ok()?, offers)
}

/// The offer that an `Accept` field likes better than JSON: of equals the more exactly named, then JSON, wins.
fn liked<'o>(accept: &str, offers: &[&'o str]) -> Option<&'o str> {
    let ranges: Vec<(String, f32)> = accept
        .split(',')
        .map(|range| {
            let mut pieces = range.split(';').map(str::trim);
            let name = pieces.next().unwrap_or_default().to_ascii_lowercase();
            let weight = pieces.find_map(|piece| piece.strip_prefix("q=")).map_or(1.0, |q| q.parse().unwrap_or(0.0));
            (name, weight)
        })
        .collect();
    // The most exact range that fits decides: how exact it is, and its weight.
    let weight = |offer: &str| {
        let family = format!("{}/*", offer.split('/').next().unwrap_or_default());
        [offer, &family, "*/*"].iter().zip([2_u8, 1, 0]).find_map(|(name, exact)| ranges.iter().find(|(range, _)| range == name).map(|(_, q)| (*q, exact)))
    };
    let json = weight("application/json").unwrap_or((0.0, 0));
    let best = offers.iter().filter_map(|offer| weight(offer).map(|w| (w, *offer))).reduce(|a, b| if b.0 > a.0 { b } else { a });
    best.filter(|((q, exact), _)| *q > 0.0 && (*q, *exact) > json).map(|(_, offer)| offer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_representation_is_given_to_who_likes_it_better_than_json() {
        const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
        for (accept, expected) in [
            ("text/csv", Some("text/csv")),
            ("TEXT/CSV; charset=utf-8", Some("text/csv")),
            ("application/x-ndjson", Some("application/x-ndjson")),
            (XLSX, Some(XLSX)),
            ("text/csv, */*;q=0.1", Some("text/csv")),
            ("image/svg+xml", Some("image/svg+xml")),
            ("image/avif,image/webp,image/svg+xml,image/*,*/*;q=0.8", Some("image/svg+xml")),
            ("image/*", Some("image/svg+xml")),
            ("*/*", None),
            ("application/*", None),
            ("text/*", Some("text/csv")),
            ("application/json, text/csv", None),
            ("application/json;q=0.5, text/csv", Some("text/csv")),
            ("text/csv;q=0", None),
            ("", None),
            ("text/html", None),
        ] {
            assert_eq!(liked(accept, &["text/csv", "application/x-ndjson", XLSX, "image/svg+xml"]), expected, "{accept}");
        }
        assert_eq!(liked("text/csv", &["image/svg+xml"]), None);
    }
}
