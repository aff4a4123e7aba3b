//! `cargo xtask bench kits`: a page of 50 messages and a start through both kits, beside the least that they cost there.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::agents;
use crate::step;
use crate::workspace::Workspace;

/// The most that a page may cost, as a multiple of the same call when nothing has to be found.
const PAGE_LIMIT: f64 = 2.0;
/// The most that a start may cost, as a multiple of the same start by the generated bindings alone.
const OPEN_LIMIT: f64 = 2.0;

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
    /// From opening the client until the first list of conversations is there.
    open: f64,
    /// The same until the model of that screen shows it.
    open_model: f64,
    /// The same by the generated bindings, without the kit.
    open_floor: f64,
    /// The same inside the library: the list is not carried out.
    open_core: f64,
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
    let (page, open) = (measured.page, measured.open);
    print_limited("page of 50", name, page, measured.floor, PAGE_LIMIT);
    for (what, micros) in [
        ("the list of 50 alone", measured.list),
        ("page of 51, by the engine's thread", measured.posted),
    ] {
        print_bare(what, name, micros);
    }
    let floor = measured.open_floor;
    print_limited("start with 10,000 messages", name, open, floor, OPEN_LIMIT);
    let model = measured.open_model;
    print_limited("start, to the list's model", name, model, floor, OPEN_LIMIT);
    print_bare("start, the core's part", name, measured.open_core);
}

fn print_limited(what: &str, name: &str, micros: f64, floor: f64, limit: f64) {
    let ratio = micros / floor;
    let verdict = if ratio <= limit { "pass" } else { "OVER" };
    println!(
        "  {:<48}{micros:>9.1}{floor:>9.1}{ratio:>7.2}{limit:>7.2}  {verdict}",
        format!("{what} through {name}"),
    );
}

fn print_bare(what: &str, name: &str, micros: f64) {
    println!("  {:<48}{micros:>9.1}", format!("{what}, {name}"));
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
        open: number("open")?,
        open_model: number("open model")?,
        open_floor: number("open floor")?,
        open_core: number("open core")?,
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
            open: 5100.25,
            open_model: 5500.0,
            open_floor: 4900.0,
            open_core: 4100.0,
        };
        let text = "page: 210.5\nfloor: 150\nlist: 140.25\nposted: 230\n\
            open: 5100.25\nopen model: 5500\nopen floor: 4900\nopen core: 4100\n";
        assert_eq!(parse(text), Some(measured));
        assert_eq!(parse(&text.replace("150", "much")), None);
        assert_eq!(parse(&text.replace("open floor", "floor")), None);
        assert_eq!(parse(""), None);
    }
}
