//! `cargo xtask bench kits`: a page of 50 messages through both kits, beside the least that such a list costs there.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::agents;
use crate::step;
use crate::workspace::Workspace;

/// The most that a page may cost, as a multiple of the same call when nothing has to be found.
const PAGE_LIMIT: f64 = 2.0;

/// What one language measured, in µs.
#[derive(Debug, PartialEq)]
struct Measured {
    page: f64,
    /// The same call with the same arguments, of a list that is made on the spot.
    floor: f64,
    /// That list from a call without arguments, which asks for no page.
    list: f64,
    /// A page of 51, which goes by the engine's thread.
    posted: f64,
    first_list: f64,
}

/// Builds both agents and measures by them. A language that cannot be had is named and left out.
pub fn run(ws: &Workspace) -> Result<bool> {
    println!(
        "\n{:<46}{:>9}{:>9}{:>7}{:>7}",
        "kits: wall time, medians", "µs", "floor", "ratio", "limit"
    );
    let mut succeeded = true;
    for (name, agent) in agents::for_bench(ws)? {
        match measure(ws, &agent) {
            Ok(measured) => print(name, &measured),
            Err(error) => {
                step::note(&format!("{name}: {error:#}"));
                succeeded = false;
            }
        }
    }
    Ok(succeeded)
}

fn print(name: &str, measured: &Measured) {
    let ratio = measured.page / measured.floor;
    let verdict = if ratio <= PAGE_LIMIT { "pass" } else { "OVER" };
    println!(
        "  {:<48}{:>9.1}{:>9.1}{ratio:>7.2}{PAGE_LIMIT:>7.2}  {verdict}",
        format!("page of 50 through {name}"),
        measured.page,
        measured.floor
    );
    for (what, micros) in [
        ("the list of 50 alone", measured.list),
        ("page of 51, by the engine's thread", measured.posted),
        ("open and first list, 10,000 messages", measured.first_list),
    ] {
        println!("  {:<48}{micros:>9.1}", format!("{what}, {name}"));
    }
}

fn measure(ws: &Workspace, agent: &Path) -> Result<Measured> {
    let directory = ws.target.join("bench-store");
    if directory.exists() {
        fs::remove_dir_all(&directory)?;
    }
    let output = Command::new(agent)
        .args(["bench", "--dir"])
        .arg(&directory)
        .output()?;
    fs::remove_dir_all(&directory)?;
    let text = String::from_utf8_lossy(&output.stdout);
    parse(&text).with_context(|| {
        format!(
            "the agent said {text:?} and {:?}",
            String::from_utf8_lossy(&output.stderr)
        )
    })
}

fn parse(text: &str) -> Option<Measured> {
    let number = |name: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")?.parse().ok())
    };
    Some(Measured {
        page: number("page")?,
        floor: number("floor")?,
        list: number("list")?,
        posted: number("posted")?,
        first_list: number("first list")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_agent_says_is_read_whole_or_not_at_all() {
        let measured = Measured {
            page: 210.5,
            floor: 150.0,
            list: 140.25,
            posted: 230.0,
            first_list: 9000.25,
        };
        let text = "first list: 9000.25\npage: 210.5\nfloor: 150\nlist: 140.25\nposted: 230\n";
        assert_eq!(parse(text), Some(measured));
        assert_eq!(parse(&text.replace("150", "much")), None);
        assert_eq!(parse(""), None);
    }
}
