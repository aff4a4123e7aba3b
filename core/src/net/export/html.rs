//! The page for people: nothing in it runs or loads anything, and no text gets out of its paragraph.

use std::io::{self, Write};

use super::time;
use crate::client::view::{Delivery, Direction, ExportHeading, MessageBody, MessageView};

const STYLE: &str = include_str!("page.css");

pub(super) fn begin(
    out: &mut impl Write,
    heading: &ExportHeading,
    exported: &str,
) -> io::Result<()> {
    let name = escape(heading.shown_name());
    // A title has no paragraphs: what turns the reading direction would turn what a browser writes around it.
    let title: String = name.chars().filter(|c| !turns_direction(*c)).collect();
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <header>\n<h1 dir=\"auto\">{name}</h1>\n\
         <p>Exported <time datetime=\"{exported}\">{exported}</time>. This file is not encrypted.</p>\n\
         </header>\n<main>\n"
    )
}

pub(super) fn message(
    out: &mut impl Write,
    heading: &ExportHeading,
    message: &MessageView,
) -> io::Result<()> {
    let (class, who) = match message.direction {
        Direction::Incoming => ("in", escape(heading.shown_name())),
        Direction::Outgoing => ("out", "You".to_owned()),
    };
    writeln!(out, "<article class=\"{class}\" id=\"m{}\">", message.place)?;
    match &message.body {
        MessageBody::Text { text } => writeln!(out, "<p dir=\"auto\">{}</p>", escape(text))?,
        other => writeln!(out, "<p class=\"none\">{}</p>", note(other))?,
    }
    write!(out, "<footer><bdi>{who}</bdi>")?;
    if let (Some(iso), Some(short)) = (time::iso(message.sent_ms), time::short(message.sent_ms))
        && message.sent_ms > 0
    {
        write!(out, " · <time datetime=\"{iso}\">{short}</time>")?;
    }
    if let Some(state) = state(&message.delivery) {
        write!(out, " · {state}")?;
    }
    out.write_all(b"</footer>\n</article>\n")
}

pub(super) fn end(out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"</main>\n</body>\n</html>\n")
}

/// What stands where there is no text.
fn note(body: &MessageBody) -> &'static str {
    match body {
        MessageBody::Text { .. } => "",
        MessageBody::Missing => "A message that has not come",
        MessageBody::Undecryptable { .. } => "Something that could not be opened",
        MessageBody::NeedsNewerVersion => "Something that needs a newer version",
        MessageBody::Damaged => "Something that was encoded wrongly",
    }
}

fn state(delivery: &Delivery) -> Option<&'static str> {
    match delivery {
        Delivery::Received => None,
        Delivery::Queued { .. } | Delivery::Waiting { .. } => Some("not sent"),
        Delivery::Sent => Some("sent"),
        Delivery::Delivered => Some("delivered"),
        Delivery::Read => Some("read"),
    }
}

/// Text for a page: no markup, and no control character but line end and tab.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

fn turns_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
