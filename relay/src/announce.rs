//! What a relay says of itself at its start: its link, as text, as a QR code, in files.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;

use fast_qr::qr::QRBuilder;
use tacita_wire::RelayLink;

/// The text for a person at a terminal.
#[must_use]
pub fn for_a_person(link: &RelayLink, listen: &str) -> String {
    let text = link.to_string();
    let mut out = String::new();
    if let Ok(code) = QRBuilder::new(text.as_bytes()).build() {
        let _ = writeln!(out, "{}", code.to_str());
    }
    let _ = writeln!(out, "Listening on {listen}.");
    let _ = writeln!(
        out,
        "The link of this relay, for those who may make accounts here:"
    );
    let _ = writeln!(out, "{text}");
    if is_unspecified(link) {
        let _ = writeln!(
            out,
            "Nobody can reach it under that address. Give its own with --public-address HOST:PORT."
        );
    }
    if link.join_code.is_none() {
        let _ = writeln!(out, "It is open: anyone may make accounts here.");
    }
    out
}

/// Whether the link names all addresses of this machine in place of one.
fn is_unspecified(link: &RelayLink) -> bool {
    link.address
        .as_str()
        .parse::<SocketAddr>()
        .is_ok_and(|address| address.ip().is_unspecified())
}

/// One line for a program: `{"ready":true,"port":…,"link":"…"}`.
#[must_use]
pub fn for_a_program(link: &RelayLink, port: u16) -> String {
    // Links hold letters, digits, `:`, `/`, `-` and `_` only, so nothing needs escaping.
    format!(r#"{{"ready":true,"port":{port},"link":"{link}"}}"#)
}

/// Writes a file in one step, so that whoever waits for it never reads half.
///
/// # Errors
/// What the operating system says.
pub fn write_file(path: &Path, text: &str) -> std::io::Result<()> {
    crate::files::write_private(path, format!("{text}\n").as_bytes())
}

#[cfg(test)]
mod tests {
    use tacita_wire::{RelayAddress, RelayRootHash};

    use super::*;

    fn link() -> RelayLink {
        RelayLink {
            address: RelayAddress::new("relay.example:4433").unwrap(),
            root: RelayRootHash([3; 32]),
            join_code: None,
        }
    }

    #[test]
    fn a_person_sees_a_code_and_the_link() {
        let text = for_a_person(&link(), "0.0.0.0:4433");
        assert!(text.contains(&link().to_string()));
        assert!(text.contains('█'));
    }

    #[test]
    fn a_link_that_leads_nowhere_comes_with_a_word_on_it() {
        let mut link = link();
        assert!(!for_a_person(&link, "0.0.0.0:4433").contains("--public-address"));
        for nowhere in ["0.0.0.0:4433", "[::]:4433"] {
            link.address = RelayAddress::new(nowhere).unwrap();
            assert!(for_a_person(&link, nowhere).contains("--public-address"));
        }
    }

    #[test]
    fn a_program_gets_one_line() {
        let line = for_a_program(&link(), 4433);
        assert!(line.starts_with(r#"{"ready":true,"port":4433,"link":"tacita://relay/"#));
        assert!(!line.contains('\n'));
    }
}
