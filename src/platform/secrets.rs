//! Keys: one secret of the installation, from which a key for each purpose is derived under its own label, so that a cursor can never pass for a token.
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// A derived key and the short name by which it is found again after the secret was changed.
#[derive(Clone)]
pub struct Key {
    pub id: String,
    pub bytes: [u8; 32],
}

/// The keys of one purpose: the first signs, all of them verify.
#[derive(Clone)]
pub struct Keys(Vec<Key>);

impl Keys {
    /// Derives the keys of a purpose from the secret and, where there is one, the secret before it.
    #[must_use]
    pub fn derive(label: &str, secret: &str, previous: Option<&str>) -> Self {
        let key = |secret: &str| {
            let bytes = hmac(secret.as_bytes(), label.as_bytes());
            Key { id: URL_SAFE_NO_PAD.encode(&Sha256::digest(bytes)[..6]), bytes }
        };
        Self(std::iter::once(secret).chain(previous).map(key).collect())
    }
    /// The key that signs.
    #[must_use]
    pub fn current(&self) -> &Key {
        // `derive` makes at least one.
        &self.0[0]
    }
    /// A key that verifies, by its id.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&Key> {
        self.0.iter().find(|key| key.id == id)
    }
    /// The authentication code of a message, first 16 bytes, under the current key.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 16] {
        short(hmac(&self.current().bytes, message))
    }
    /// Whether the code belongs to the message under any of the keys; takes the same time either way.
    #[must_use]
    pub fn verify(&self, message: &[u8], code: &[u8]) -> bool {
        self.0.iter().any(|key| short(hmac(&key.bytes, message)).ct_eq(code).into())
    }
}

/// Whether two secrets are the same; how long it takes tells nothing of where they differ.
#[must_use]
pub fn are_same(one: &str, other: &str) -> bool {
    Sha256::digest(one.as_bytes()).as_slice().ct_eq(Sha256::digest(other.as_bytes()).as_slice()).into()
}

/// The first 16 bytes of SHA-256.
#[must_use]
pub fn digest(bytes: &[u8]) -> [u8; 16] {
    short(Sha256::digest(bytes).into())
}

fn short(code: [u8; 32]) -> [u8; 16] {
    let mut out = [0; 16];
    out.copy_from_slice(&code[..16]);
    out
}

fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).unwrap_or_else(|_| unreachable!("HMAC takes keys of every length"));
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// SHA-256 in hexadecimal, cut to `bytes` bytes: fingerprints and stored tokens.
#[must_use]
pub fn fingerprint(data: &[u8], bytes: usize) -> String {
    Sha256::digest(data).iter().take(bytes).map(|b| format!("{b:02x}")).collect()
}

/// A new random token of 32 bytes, as text.
pub fn random_token() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_previous_secret_verifies_but_never_signs() {
        let (old, new) = (Keys::derive("cursor", "old", None), Keys::derive("cursor", "new", Some("old")));
        assert!(new.verify(b"m", &old.sign(b"m")) && !old.verify(b"m", &new.sign(b"m")));
        assert!(!new.verify(b"n", &old.sign(b"m")));
        assert!(!Keys::derive("token", "old", None).verify(b"m", &old.sign(b"m")), "labels part the purposes");
    }
}
