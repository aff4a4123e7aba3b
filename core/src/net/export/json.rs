//! The file for programs. docs/INTEGRATION.md names its fields.

use std::io::{self, Write};

use super::time;
use crate::client::view::{
    ConversationId, Delivery, Direction, ExportHeading, MessageBody, MessageView,
};

/// Raised when a field gets another meaning.
const VERSION: u32 = 1;

pub(super) fn begin(
    out: &mut impl Write,
    id: ConversationId,
    heading: &ExportHeading,
    exported: &str,
) -> io::Result<()> {
    let id = data_encoding::HEXLOWER.encode(&id.0.0);
    let ExportHeading { name, nickname, .. } = heading;
    write!(
        out,
        "{{\n\"format\": \"tacita conversation\",\n\"version\": {VERSION},\n\"exported\": \"{exported}\",\n\
         \"contact\": {{\"id\": \"{id}\", \"name\": {}, \"nickname\": {}}},\n\"messages\": [",
        string(name),
        string(nickname),
    )
}

pub(super) fn message(
    out: &mut impl Write,
    is_first: bool,
    message: &MessageView,
) -> io::Result<()> {
    let direction = match message.direction {
        Direction::Incoming => "incoming",
        Direction::Outgoing => "outgoing",
    };
    let kind = match message.body {
        MessageBody::Text { .. } => "text",
        MessageBody::Missing => "missing",
        MessageBody::Undecryptable { .. } => "undecryptable",
        MessageBody::NeedsNewerVersion => "needs newer version",
        MessageBody::Damaged => "damaged",
    };
    let delivery = match message.delivery {
        Delivery::Received => "received",
        Delivery::Queued { .. } => "queued",
        Delivery::Waiting { .. } => "waiting",
        Delivery::Sent => "sent",
        Delivery::Delivered => "delivered",
        Delivery::Read => "read",
    };
    let sent = (message.sent_ms > 0)
        .then(|| time::iso(message.sent_ms))
        .flatten()
        .map_or("null".to_owned(), |iso| format!("\"{iso}\""));
    let comma = if is_first { "" } else { "," };
    write!(
        out,
        "{comma}\n{{\"place\": {}, \"direction\": \"{direction}\", \"sent\": {sent}, \
         \"delivery\": \"{delivery}\", \"kind\": \"{kind}\"",
        message.place
    )?;
    if let MessageBody::Text { text } = &message.body {
        write!(out, ", \"text\": {}", string(text))?;
    }
    out.write_all(b"}")
}

pub(super) fn end(out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"\n]\n}\n")
}

/// A JSON string, exactly the text. What could mean something to a page or a terminal that shows it is written as a
/// number.
fn string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '<' | '>' | '&' | '\'' | '\u{61c}' | '\u{200e}' | '\u{200f}' => number(&mut out, c),
            '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => number(&mut out, c),
            c if c.is_control() => number(&mut out, c),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// All of these are below U+10000.
fn number(out: &mut String, c: char) {
    out.push_str(&format!("\\u{:04x}", u32::from(c)));
}
