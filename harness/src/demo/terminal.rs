//! The demo on a terminal: the conversations to the left, what the relay has to the right.

use std::fmt::Write as _;

use super::story::{MomentKind, Phone, Told};

const LEFT: usize = 62;

/// All of it as text.
pub fn render(told: &Told) -> String {
    let mut left = Vec::new();
    for phone in &told.phones {
        show_phone(phone, &mut left);
    }
    let right = show_panel(told);
    let mut out = String::new();
    let lines = left.len().max(right.len());
    let empty = String::new();
    for index in 0..lines {
        let a = left.get(index).unwrap_or(&empty);
        let b = right.get(index).unwrap_or(&empty);
        let gap = " ".repeat(LEFT.saturating_sub(width(a)));
        let line = format!("{a}{gap} │ {b}");
        let _ = writeln!(out, "{}", line.trim_end());
    }
    out.push('\n');
    for moment in &told.timeline {
        let mark = match moment.kind {
            MomentKind::Step => "·",
            MomentKind::Kill => "✗",
            MomentKind::Back => "↻",
            MomentKind::Good => "✓",
        };
        let at = moment.at.as_secs_f32();
        let _ = writeln!(out, "{at:7.2} s  {mark} {}", moment.text);
    }
    let _ = writeln!(
        out,
        "\n{} messages, 0 lost, 0 twice, all in order. The exam searched what the relay holds for {} \
         patterns of texts, names, ids and secrets: 0 found.",
        told.messages, told.canaries
    );
    for note in &told.notes {
        let _ = writeln!(out, "{note}");
    }
    out
}

fn show_phone(phone: &Phone, lines: &mut Vec<String>) {
    lines.push(format!("━━ {} ({})", phone.name, phone.language.title()));
    for thread in &phone.threads {
        let mark = match thread.verification.as_str() {
            "Verified" => ", verified ✓",
            "Alarm" => ", keys contradict ⚠",
            _ => "",
        };
        lines.push(format!("  with {}{mark}", thread.with));
        for message in &thread.messages {
            let text = message.body.to_string();
            let text = text.trim_matches('"');
            if message.incoming {
                wrap(text, "    ‹ ", "      ", lines);
            } else {
                let ticks = if message.has_come() { "✓✓" } else { "✓" };
                wrap(
                    &format!("{text} {ticks}"),
                    "          › ",
                    "            ",
                    lines,
                );
            }
        }
    }
    lines.push(String::new());
}

fn wrap(text: &str, first: &str, next: &str, lines: &mut Vec<String>) {
    let mut line = first.to_owned();
    for word in text.split(' ') {
        if width(&line) + width(word) + 1 > LEFT && line.trim().len() > 1 {
            lines.push(line.trim_end().to_owned());
            next.clone_into(&mut line);
        }
        line.push_str(word);
        line.push(' ');
    }
    lines.push(line.trim_end().to_owned());
}

/// Columns on a terminal: wide letters take two.
fn width(text: &str) -> usize {
    text.chars()
        .map(|letter| match u32::from(letter) {
            0x1100..=0x115f
            | 0x2e80..=0x303e
            | 0x3041..=0xa4cf
            | 0xac00..=0xd7a3
            | 0xf900..=0xfaff
            | 0xfe30..=0xfe6f
            | 0xff00..=0xff60
            | 0x1f300..=0x1faff => 2,
            _ => 1,
        })
        .sum()
}

fn show_panel(told: &Told) -> Vec<String> {
    let mut lines = vec!["━━ what the relay's owner sees".to_owned()];
    for table in &told.panel.tables {
        lines.push(format!("  {}: {}", table.name, table.about));
        lines.push(format!("    {}", table.columns.join(" · ")));
        for row in &table.rows {
            lines.push(format!("    {}", row.join(" · ")));
        }
        if table.more > 0 {
            lines.push(format!("    and {} more", table.more));
        }
    }
    lines.push(format!("  empty: {}", told.panel.empty.join(", ")));
    lines.push("  files:".to_owned());
    for (name, size) in &told.panel.files {
        lines.push(format!("    {name}, {size} bytes"));
    }
    lines.push("  its log, at the most verbose:".to_owned());
    for line in &told.panel.log {
        lines.push(format!("    {line}"));
    }
    lines
}
