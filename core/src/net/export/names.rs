//! What a contact's name becomes as the name of a folder, on any system.

/// Bytes that every file system takes, with an ending behind them.
const MAX_BYTES: usize = 80;
/// Where nothing is left of a name.
const UNNAMED: &str = "conversation";

/// Letters and digits of any script, with what joins them; nothing that a file system, a shell or an eye could read as
/// something else.
pub(super) fn file_name(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        let c = if c.is_alphanumeric() || matches!(c, '-' | '_') {
            c
        } else if c.is_whitespace() || c.is_ascii_punctuation() {
            // One of these for many.
            if out.ends_with(' ') || out.is_empty() {
                continue;
            }
            ' '
        } else {
            continue;
        };
        if out.len().saturating_add(c.len_utf8()) > MAX_BYTES {
            break;
        }
        out.push(c);
    }
    let out = out.trim_matches([' ', '-']);
    if out.is_empty() || is_device(out) {
        UNNAMED.to_owned()
    } else {
        out.to_owned()
    }
}

/// What Windows takes for a device, whatever stands behind it.
fn is_device(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let numbered = |kind| {
        name.strip_prefix(kind)
            .is_some_and(|rest| rest.len() == 1 && rest.bytes().all(|b| b.is_ascii_digit()))
    };
    matches!(name.as_str(), "con" | "prn" | "aux" | "nul") || numbered("com") || numbered("lpt")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_name_leads_nowhere() {
        for (name, folder) in [
            ("Ada Lovelace", "Ada Lovelace"),
            ("Zoë 漢字 שלום", "Zoë 漢字 שלום"),
            ("../../etc/passwd", "etc passwd"),
            ("..", UNNAMED),
            ("C:\\Windows\\*", "C Windows"),
            ("a\0b\u{202e}cod.exe\n", "abcod exe"),
            ("-rf /", "rf"),
            ("NUL", UNNAMED),
            ("com7", UNNAMED),
            ("\u{200f}\u{2066}🎉", UNNAMED),
            ("", UNNAMED),
        ] {
            assert_eq!(file_name(name), folder, "{name:?}");
        }
        assert!(file_name(&"ü".repeat(500)).len() <= MAX_BYTES);
    }
}
