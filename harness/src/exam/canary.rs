//! Canaries: everything a scenario knows that its relay must not, in every form it could stand in.

use anyhow::{Context as _, Result, ensure};
use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
use tacita_wire::LinkKind;

/// The canaries of a scenario, and the relay's own link, which its log may show.
#[derive(Debug, Default)]
pub struct Canaries {
    known: Vec<(&'static str, Vec<u8>)>,
    relay_link: Option<String>,
}

/// An account id and a secret, at the end of an invitation's payload. PROTOCOL.md §6.2.
const INVITATION_TAIL: usize = 64;

impl Canaries {
    /// A text that must not be there.
    pub fn text(&mut self, what: &'static str, text: &str) {
        self.bytes(what, text.as_bytes());
    }

    /// Bytes that must not be there.
    pub fn bytes(&mut self, what: &'static str, bytes: &[u8]) {
        let entry = (what, bytes.to_vec());
        if !self.known.contains(&entry) {
            self.known.push(entry);
        }
    }

    /// An id that is known by its hexadecimal digits.
    ///
    /// # Errors
    /// When it is not hexadecimal.
    pub fn hex_id(&mut self, what: &'static str, text: &str) -> Result<()> {
        let bytes = HEXLOWER.decode(text.as_bytes()).context("an id is hex")?;
        self.bytes(what, &bytes);
        Ok(())
    }

    /// An invitation: its text, the account in it and its secret.
    ///
    /// # Errors
    /// When it is no invitation.
    pub fn invitation(&mut self, link: &str) -> Result<()> {
        let payload = LinkKind::Invitation.parse_text(link)?;
        let start = payload.len().checked_sub(INVITATION_TAIL);
        let tail = start.and_then(|start| payload.get(start..));
        let (account, secret) = tail.context("an invitation is too short")?.split_at(32);
        self.text("an invitation", link);
        self.bytes("an account id", account);
        self.bytes("the secret of an invitation", secret);
        Ok(())
    }

    /// Notes the relay's own link, which stands in its log.
    ///
    /// # Errors
    /// When it is no relay link.
    pub fn allow_link(&mut self, link: &str) -> Result<()> {
        tacita_wire::RelayLink::parse(link)?;
        self.relay_link = Some(link.to_owned());
        Ok(())
    }

    /// The relay's own link.
    #[must_use]
    pub fn relay_link(&self) -> Option<&str> {
        self.relay_link.as_deref()
    }

    /// All patterns to search for, with what each is.
    ///
    /// # Errors
    /// When a canary is so short that it could stand somewhere by chance.
    pub fn patterns(&self) -> Result<Vec<(String, Vec<u8>)>> {
        let mut patterns = Vec::new();
        for (what, bytes) in &self.known {
            ensure!(bytes.len() >= SHORTEST, "{what} is too short for a canary");
            for (form, pattern) in forms(bytes) {
                patterns.push((format!("{what}, {form}"), pattern));
            }
        }
        Ok(patterns)
    }
}

const SHORTEST: usize = 8;

/// Raw, hexadecimal in both cases, base64 in both alphabets at all three alignments.
fn forms(bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut forms = vec![
        ("raw", bytes.to_vec()),
        ("hexadecimal", HEXLOWER.encode(bytes).into_bytes()),
        ("hexadecimal", HEXUPPER.encode(bytes).into_bytes()),
    ];
    for shift in 0..3 {
        let mut shifted = vec![0; shift];
        shifted.extend_from_slice(bytes);
        for encoding in [&BASE64_NOPAD, &BASE64URL_NOPAD] {
            let text = encoding.encode(&shifted);
            // Only the characters that hold bits of the canary and nothing else.
            let first = (shift * 8).div_ceil(6);
            let end = shifted.len() * 8 / 6;
            if let Some(inner) = text.get(first..end) {
                forms.push(("base64", inner.as_bytes().to_vec()));
            }
        }
    }
    forms.dedup();
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_found(canary: &[u8], hay: &str) -> bool {
        forms(canary).iter().any(|(_, form)| {
            hay.as_bytes()
                .windows(form.len())
                .any(|window| window == form)
        })
    }

    #[test]
    fn base64_is_found_at_every_alignment() {
        let canary = b"\xff\xfe\xfdcanary\xfb\xef";
        for before in 0..4 {
            for after in 0..4 {
                let mut whole = vec![7; before];
                whole.extend_from_slice(canary);
                whole.extend(vec![9; after]);
                assert!(is_found(canary, &BASE64_NOPAD.encode(&whole)));
                assert!(is_found(canary, &BASE64URL_NOPAD.encode(&whole)));
            }
        }
    }

    #[test]
    fn hexadecimal_is_found_in_both_cases_and_nothing_by_chance() {
        assert!(is_found(b"canary-1", &HEXUPPER.encode(b"x canary-1 y")));
        assert!(is_found(b"canary-1", &HEXLOWER.encode(b"x canary-1 y")));
        assert!(!is_found(b"canary-1", "Y2FuYXJXLTI and canary-2"));
    }

    #[test]
    fn short_canaries_are_refused() {
        let mut canaries = Canaries::default();
        canaries.text("a text", "hi");
        assert!(canaries.patterns().is_err());
    }

    #[test]
    fn an_invitation_gives_its_account_and_secret() {
        let mut payload = vec![1];
        payload.extend_from_slice(&[2; 32]);
        payload.extend_from_slice(&[3; 32]);
        let mut canaries = Canaries::default();
        canaries
            .invitation(&LinkKind::Invitation.to_text(&payload))
            .unwrap();
        let patterns = canaries.patterns().unwrap();
        assert!(patterns.iter().any(|(_, form)| *form == vec![2; 32]));
        assert!(patterns.iter().any(|(_, form)| *form == vec![3; 32]));
    }
}
