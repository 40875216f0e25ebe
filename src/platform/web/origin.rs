//! Where a request comes from: the peer or, behind proxies that are trusted, the address that the nearest of them saw. Pure but for the extraction.
use std::net::{IpAddr, SocketAddr};

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap};
use ipnet::IpNet;

/// The address of the client; set by the envelope, absent where the connection has none.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub IpAddr);

/// The address of a request's client, as far as it can be believed.
#[must_use]
pub fn of(req: &HttpRequest, trusted: &[IpNet]) -> Option<ClientAddress> {
    req.peer_addr().map(|peer| ClientAddress(client(peer.ip(), trusted, &hops(req.headers()))))
}

/// What the proxies wrote, from the client's end to ours. Each adds to the end; where there is `X-Forwarded-For`, `Forwarded` is not asked.
fn hops(headers: &HeaderMap) -> Vec<&str> {
    let listed = |name: &header::HeaderName| headers.get_all(name).map(|line| line.to_str().unwrap_or_default()).flat_map(|line| line.split(',')).collect();
    let listed: Vec<&str> = if headers.contains_key(header::X_FORWARDED_FOR) { listed(&header::X_FORWARDED_FOR) } else { listed(&header::FORWARDED) };
    listed
}

/// Whether a field tells of a proxy that passed the request on.
#[must_use]
pub fn was_passed_on(headers: &HeaderMap) -> bool {
    ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-real-ip", "forwarded", "via"].iter().any(|name| headers.contains_key(*name))
}

/// Whether an address of the service leads nobody from elsewhere here: its host is this machine, as it calls itself.
#[must_use]
pub fn names_this_machine(url: &str) -> bool {
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest).split('/').next().unwrap_or_default();
    let host = authority.strip_prefix('[').and_then(|rest| rest.split(']').next()).unwrap_or_else(|| authority.split(':').next().unwrap_or_default());
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback() || ip.is_unspecified())
}

/// The peer unless it is trusted; then the right-most hop that is not trusted. A hop that cannot be read ends the walk: what stands left of it was
/// written by whoever is beyond.
#[must_use]
pub fn client(peer: IpAddr, trusted: &[IpNet], hops: &[&str]) -> IpAddr {
    let mut nearest = peer.to_canonical();
    for hop in hops.iter().rev() {
        if !trusted.iter().any(|net| net.contains(&nearest)) {
            break;
        }
        let Some(address) = address(hop) else { break };
        nearest = address;
    }
    nearest
}

/// One hop, in the form of either field: `203.0.113.7`, `203.0.113.7:4711`, `[2001:db8::7]:4711`, `for="[2001:db8::7]";proto=https`.
fn address(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let node = if hop.contains('=') {
        let pairs = || hop.split(';').filter_map(|pair| pair.split_once('='));
        pairs().find(|(name, _)| name.trim().eq_ignore_ascii_case("for")).map(|(_, node)| node.trim())?
    } else {
        hop
    };
    let node = node.strip_prefix('"').map_or(Some(node), |quoted| quoted.strip_suffix('"'))?;
    let bare = node.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(node);
    let read = bare.parse::<IpAddr>().ok().or_else(|| node.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    read.map(|address| address.to_canonical())
}

/// Reads the setting: addresses and networks with commas between them.
pub fn parse_trusted(text: &str) -> Option<Vec<IpNet>> {
    let one = |part: &str| part.parse::<IpNet>().ok().or_else(|| part.parse::<IpAddr>().ok().map(|address| address.to_canonical().into()));
    text.split(',').map(|part| one(part.trim())).collect()
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use proptest::prelude::*;

    use super::*;

    const TRUSTED: &str = "10.0.0.0/8, 192.0.2.1, 2001:db8:ffff::/48";

    /// The address of a request from a peer with these header fields.
    fn seen(peer: &str, fields: &[(&'static str, &str)]) -> String {
        let req = TestRequest::default().peer_addr(SocketAddr::new(peer.parse().unwrap(), 4711));
        let req = fields.iter().fold(req, |req, field| req.append_header(*field));
        of(&req.to_http_request(), &parse_trusted(TRUSTED).unwrap()).unwrap().0.to_string()
    }

    #[test]
    fn an_address_says_whether_it_is_for_this_machine_alone() {
        for url in ["http://127.0.0.1:8080", "http://localhost", "https://[::1]:8080/base", "http://0.0.0.0:8080"] {
            assert!(names_this_machine(url), "{url}");
        }
        for url in ["https://orders.example.com", "http://192.168.1.5:8080", "http://localhost.example.com", "http://127.0.0.1.nip.io", ""] {
            assert!(!names_this_machine(url), "{url}");
        }
    }

    #[test]
    fn the_nearest_untrusted_address_is_the_clients() {
        let xff = "x-forwarded-for";
        for (peer, fields, expected) in [
            ("203.0.113.9", &[][..], "203.0.113.9"),
            // A peer that is not trusted may say what it likes.
            ("203.0.113.9", &[(xff, "198.51.100.7")], "203.0.113.9"),
            ("203.0.113.9", &[("forwarded", "for=198.51.100.7")], "203.0.113.9"),
            ("10.0.0.1", &[(xff, "198.51.100.7")], "198.51.100.7"),
            ("192.0.2.1", &[(xff, "198.51.100.7")], "198.51.100.7"),
            ("192.0.2.2", &[(xff, "198.51.100.7")], "192.0.2.2"),
            ("10.0.0.1", &[], "10.0.0.1"),
            // What the client itself sent stands to the left.
            ("10.0.0.1", &[(xff, "6.6.6.6, 198.51.100.7")], "198.51.100.7"),
            ("10.0.0.1", &[(xff, "6.6.6.6, 198.51.100.7, 10.1.2.3")], "198.51.100.7"),
            ("10.0.0.1", &[(xff, "6.6.6.6"), (xff, "198.51.100.7"), (xff, "10.1.2.3,192.0.2.1")], "198.51.100.7"),
            ("10.0.0.1", &[(xff, "10.9.9.9, 10.1.2.3")], "10.9.9.9"),
            // Garbage: whoever wrote it is the nearest that is known.
            ("10.0.0.1", &[(xff, "6.6.6.6, unknown")], "10.0.0.1"),
            ("10.0.0.1", &[(xff, "6.6.6.6, , 10.1.2.3")], "10.1.2.3"),
            ("10.0.0.1", &[(xff, "garbage, 198.51.100.7")], "198.51.100.7"),
            ("10.0.0.1", &[(xff, "")], "10.0.0.1"),
            ("10.0.0.1", &[(xff, "198.51.100.999")], "10.0.0.1"),
            ("10.0.0.1", &[(xff, "fe80::1%eth0")], "10.0.0.1"),
            // Ports, IPv6, IPv4 written as IPv6.
            ("10.0.0.1", &[(xff, "198.51.100.7:4711")], "198.51.100.7"),
            ("10.0.0.1", &[(xff, "2001:db8::7")], "2001:db8::7"),
            ("10.0.0.1", &[(xff, "[2001:db8::7]:4711")], "2001:db8::7"),
            ("10.0.0.1", &[(xff, "[2001:db8::7]")], "2001:db8::7"),
            ("2001:db8:ffff::1", &[(xff, "2001:db8::7")], "2001:db8::7"),
            ("::ffff:10.0.0.1", &[(xff, "::ffff:198.51.100.7")], "198.51.100.7"),
            ("::ffff:203.0.113.9", &[], "203.0.113.9"),
            // RFC 7239.
            ("10.0.0.1", &[("forwarded", "for=198.51.100.7")], "198.51.100.7"),
            ("10.0.0.1", &[("forwarded", "for=6.6.6.6, proto=https;For=\"[2001:db8::7]:4711\";by=10.0.0.1")], "2001:db8::7"),
            ("10.0.0.1", &[("forwarded", "for=6.6.6.6, for=_hidden")], "10.0.0.1"),
            ("10.0.0.1", &[("forwarded", "for=\"6.6.6.6, for=198.51.100.7")], "198.51.100.7"),
            ("10.0.0.1", &[("forwarded", "proto=https")], "10.0.0.1"),
            ("10.0.0.1", &[("forwarded", "for=6.6.6.6"), (xff, "198.51.100.7")], "198.51.100.7"),
        ] {
            assert_eq!(seen(peer, fields), expected, "{peer} {fields:?}");
        }
    }

    #[test]
    fn who_is_trusted_is_read_whole_or_not_at_all() {
        assert_eq!(parse_trusted("10.0.0.0/8,::1 , 192.0.2.1").map(|nets| nets.len()), Some(3));
        for bad in ["10.0.0.0/8,", "10.0.0.0/33", "proxy.example.com", "10.0.0", "10.0.0.0/8 192.0.2.1"] {
            assert_eq!(parse_trusted(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn nobody_chooses_an_address_of_a_trusted_proxy(left in "[ -~]{0,60}") {
            let hops = format!("{left},198.51.100.7");
            prop_assert_eq!(client("10.0.0.1".parse().unwrap(), &parse_trusted(TRUSTED).unwrap(), &hops.split(',').collect::<Vec<_>>()).to_string(), "198.51.100.7");
        }
        #[test]
        fn no_hop_panics(hop in ".{0,60}") {
            let _ = address(&hop);
        }
    }
}
