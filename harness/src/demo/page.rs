//! The demo as one self-contained HTML page.

use std::fmt::Write as _;

use super::panel::Shown;
use super::story::{MomentKind, Phone, Thread, Told};
use crate::views::Message;

const STYLE: &str = include_str!("page.css");

/// The whole page. Everything that comes from outside goes through [`escape`].
pub fn render(told: &Told) -> String {
    let mut out = String::new();
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>Tacita: three people talk, and what their relay learns</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n"
    );
    header(told, &mut out);
    out.push_str("<main>\n<section class=\"phones\" aria-label=\"What each person sees\">\n");
    for phone in &told.phones {
        render_phone(phone, &mut out);
    }
    out.push_str("</section>\n");
    panel(told, &mut out);
    out.push_str("</main>\n");
    timeline(told, &mut out);
    footer(told, &mut out);
    out.push_str("</body>\n</html>\n");
    out
}

/// Text as it may stand in HTML, also in a quoted attribute.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

fn header(told: &Told, out: &mut String) {
    let _ = write!(
        out,
        "<header>\n<h1>Three people talk. The relay learns nothing.</h1>\n\
         <p class=\"lead\">Every bubble below was sealed on one device and opened on another. \
         In between it lay on a relay, which was killed in mid-conversation. On the right is all that \
         the relay had.</p>\n<ul class=\"facts\">\n\
         <li><b>{}</b> messages</li><li><b>0</b> lost</li><li><b>0</b> twice</li>\
         <li><b>1</b> kill</li><li><b>0</b> of {} search patterns found at the relay</li>\n</ul>\n",
        told.messages, told.canaries
    );
    for note in &told.notes {
        let _ = writeln!(out, "<p class=\"note\">{}</p>", escape(note));
    }
    out.push_str("</header>\n");
}

fn render_phone(phone: &Phone, out: &mut String) {
    let language = phone.language.title();
    let _ = write!(
        out,
        "<article class=\"phone {}\">\n<div class=\"notch\" aria-hidden=\"true\"></div>\n\
         <div class=\"owner\"><span class=\"avatar\" aria-hidden=\"true\">{}</span>\
         <div><h2>{}</h2><span class=\"badge\">{language}</span></div></div>\n\
         <div class=\"screen\">\n",
        phone.language,
        escape(&initial(phone.name)),
        escape(phone.name)
    );
    for thread in &phone.threads {
        render_thread(thread, out);
    }
    out.push_str("</div>\n</article>\n");
}

fn initial(name: &str) -> String {
    name.chars().take(1).collect()
}

fn render_thread(thread: &Thread, out: &mut String) {
    let verification = match thread.verification.as_str() {
        "Verified" => "<span class=\"verified\" title=\"Safety number compared\">✓ verified</span>",
        "Alarm" => {
            "<span class=\"alarm\" title=\"Somebody may stand between\">⚠ keys contradict</span>"
        }
        _ => "",
    };
    let _ = write!(
        out,
        "<section class=\"thread\">\n<h3>{} {verification}</h3>\n\
         <details><summary>Safety number</summary><code>{}</code></details>\n<ol>\n",
        escape(&thread.with),
        escape(&in_groups(&thread.digits))
    );
    for message in &thread.messages {
        bubble(message, out);
    }
    out.push_str("</ol>\n</section>\n");
}

/// Twelve groups of five, as one reads them out.
fn in_groups(digits: &str) -> String {
    let mut out = String::new();
    for (index, digit) in digits.chars().filter(char::is_ascii_digit).enumerate() {
        if index > 0 && index % 5 == 0 {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

fn bubble(message: &Message, out: &mut String) {
    let side = if message.incoming { "in" } else { "out" };
    let ticks = match (message.incoming, message.delivery.as_str()) {
        (true, _) => String::new(),
        (false, "Delivered") => ticks("✓✓", "Delivered"),
        (false, "Read") => ticks("✓✓", "Read"),
        (false, "Sent") => ticks("✓", "Sent"),
        (false, other) => ticks("◷", other),
    };
    let text = match message.body.text() {
        Some(text) => escape(text),
        None => format!("<em>{}</em>", escape(&message.body.to_string())),
    };
    let _ = writeln!(
        out,
        "<li class=\"{side}\"><p dir=\"auto\">{text}</p><span class=\"meta\">{} {ticks}</span></li>",
        clock(message.sent_ms)
    );
}

fn ticks(mark: &str, word: &str) -> String {
    let word = escape(word);
    format!("<span class=\"ticks {word}\" title=\"{word}\" aria-label=\"{word}\">{mark}</span>")
}

/// Hours, minutes and seconds in UTC.
fn clock(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    format!(
        "{:02}:{:02}:{:02}",
        seconds / 3600 % 24,
        seconds / 60 % 60,
        seconds % 60
    )
}

fn panel(told: &Told, out: &mut String) {
    out.push_str(
        "<section class=\"relay\" aria-label=\"What the relay's owner sees\">\n\
         <h2>What the relay’s owner sees</h2>\n\
         <p>Seized while Sara was away and messages lay here for her. This is all of it: random ids \
         that link to nobody, padded sizes, hours.</p>\n",
    );
    for table in &told.panel.tables {
        render_table(table, out);
    }
    let empty: Vec<String> = told.panel.empty.iter().map(|name| escape(name)).collect();
    if !empty.is_empty() {
        let _ = writeln!(out, "<p class=\"empty\">Empty: {}</p>", empty.join(", "));
    }
    out.push_str("<h3>files</h3>\n<ul class=\"files\">\n");
    for (name, size) in &told.panel.files {
        let _ = writeln!(
            out,
            "<li><code>{}</code> <span>{size} bytes</span></li>",
            escape(name)
        );
    }
    out.push_str("</ul>\n<h3>log, at the most verbose</h3>\n<pre>");
    for line in &told.panel.log {
        let _ = writeln!(out, "{}", escape(line));
    }
    out.push_str("</pre>\n</section>\n");
}

fn render_table(table: &Shown, out: &mut String) {
    let _ = write!(
        out,
        "<h3>{} <small>{}</small></h3>\n<div class=\"scroll\"><table>\n<thead><tr>",
        escape(&table.name),
        escape(table.about)
    );
    for column in &table.columns {
        let _ = write!(out, "<th scope=\"col\">{}</th>", escape(column));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in &table.rows {
        out.push_str("<tr>");
        for cell in row {
            let _ = write!(out, "<td>{}</td>", escape(cell));
        }
        out.push_str("</tr>\n");
    }
    if table.more > 0 {
        let _ = writeln!(
            out,
            "<tr class=\"more\"><td colspan=\"{}\">and {} more of the same</td></tr>",
            table.columns.len(),
            table.more
        );
    }
    out.push_str("</tbody>\n</table></div>\n");
}

fn timeline(told: &Told, out: &mut String) {
    let whole = told
        .timeline
        .last()
        .map_or(1.0, |last| last.at.as_secs_f64().max(0.001));
    let share = |at: std::time::Duration| at.as_secs_f64() / whole * 100.0;
    let moment = |kind: MomentKind| told.timeline.iter().find(|moment| moment.kind == kind);
    out.push_str("<section class=\"timeline\" aria-label=\"What happened when\">\n<h2>What happened when</h2>\n");
    out.push_str("<div class=\"line\" aria-hidden=\"true\">");
    if let (Some(kill), Some(back)) = (moment(MomentKind::Kill), moment(MomentKind::Back)) {
        let (from, to) = (share(kill.at), share(back.at));
        let _ = write!(
            out,
            "<span class=\"dead\" style=\"left:{from:.2}%;width:{:.2}%\"></span>",
            to - from
        );
    }
    for moment in &told.timeline {
        let _ = write!(
            out,
            "<span class=\"dot {}\" style=\"left:{:.2}%\"></span>",
            class(moment.kind),
            share(moment.at)
        );
    }
    out.push_str("</div>\n<ol>\n");
    for moment in &told.timeline {
        let _ = writeln!(
            out,
            "<li class=\"{}\"><time>{:.2} s</time> {}</li>",
            class(moment.kind),
            moment.at.as_secs_f64(),
            escape(&moment.text)
        );
    }
    out.push_str("</ol>\n</section>\n");
}

fn class(kind: MomentKind) -> &'static str {
    match kind {
        MomentKind::Step => "step",
        MomentKind::Kill => "kill",
        MomentKind::Back => "back",
        MomentKind::Good => "good",
    }
}

fn footer(told: &Told, out: &mut String) {
    let _ = writeln!(
        out,
        "<footer><p>Made by <code>cargo xtask demo</code> in {:.1} s, from a real run: real clients, a \
         real relay, a real SIGKILL. Watching a relay live, its owner would see network addresses and \
         timing besides; docs/THREAT_MODEL.md says what follows from that.</p></footer>",
        told.took.as_secs_f64()
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::Body;

    #[test]
    fn markup_in_a_message_stays_text() {
        let mut out = String::new();
        let message = Message {
            place: 1,
            incoming: false,
            body: Body::Text("<script>alert('\"&')</script>".to_owned()),
            delivery: "\"><script>".to_owned(),
            sent_ms: 0,
        };
        bubble(&message, &mut out);
        assert!(!out.contains("<script"));
        assert!(out.contains("&lt;script&gt;alert(&#39;&quot;&amp;&#39;)&lt;/script&gt;"));
    }

    #[test]
    fn the_style_asks_nobody_for_anything() {
        assert!(!STYLE.contains("http") && !STYLE.contains("url(") && !STYLE.contains("@import"));
    }

    #[test]
    fn digits_come_in_groups_of_five() {
        assert_eq!(in_groups("1234567890"), "12345 67890");
        assert_eq!(in_groups("12345 67890"), "12345 67890");
        assert_eq!(clock(86_399_000), "23:59:59");
    }
}
