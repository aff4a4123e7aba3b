//! The kits and apps stay thin: a limit for their lines of code, all of both platforms together.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::workspace::Workspace;

/// Lines that are neither empty nor a comment.
const MOST_LINES: usize = 8_000;

/// Everything above the generated bindings that an app is made of. Its words are data (`bindings/words`).
const PARTS: [&str; 11] = [
    "android/kit/src/main",
    "android/platform/src/main",
    "android/app/src/main",
    "android/app/src/desktop",
    "android/app/src/androidx",
    "ios/Sources/TacitaKit",
    "ios/Sources/TacitaWords/Formats.swift",
    "ios/Sources/TacitaUI",
    "ios/Sources/TacitaPlatform",
    "ios/App",
    "ios/NotificationService",
];

/// Fails if there are more lines than an app of views has.
pub fn check(ws: &Workspace) -> Result<()> {
    let mut lines = 0;
    for part in PARTS {
        let own = count(&ws.path(part))?;
        if own == 0 {
            bail!("{part} has no code in it");
        }
        lines += own;
    }
    println!("kits and apps: {lines} lines of code of {MOST_LINES}");
    if lines >= MOST_LINES {
        bail!(
            "{lines} lines of code, and fewer than {MOST_LINES} are allowed: move logic into the core"
        );
    }
    Ok(())
}

fn count(path: &Path) -> Result<usize> {
    if path.is_dir() {
        let entries = fs::read_dir(path)?;
        return entries.map(|entry| count(&entry?.path())).sum();
    }
    if path
        .extension()
        .is_none_or(|end| end != "kt" && end != "swift")
    {
        return Ok(0);
    }
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    Ok(code_lines(&text))
}

/// In both languages as they are written here, a comment in several lines has an asterisk before each.
fn code_lines(text: &str) -> usize {
    let is_code = |line: &&str| {
        !line.is_empty() && !["//", "/*", "*"].iter().any(|mark| line.starts_with(mark))
    };
    text.lines().map(str::trim).filter(is_code).count()
}

#[cfg(test)]
mod tests {
    use super::code_lines;

    #[test]
    fn neither_gaps_nor_comments_are_code() {
        let text = "// A file.\n\n/**\n * What it is.\n */\nfun main() {\n    go() // now\n}\n";
        assert_eq!(code_lines(text), 3);
    }
}
