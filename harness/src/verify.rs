//! Steps of a scenario about safety numbers: comparing them, wrong codes, and the alarm.

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};

use crate::decisions;
use crate::driver::lock;
use crate::scenario::Line;
use crate::stage::Stage;
use crate::views;

/// What `role` shows of the safety number with `peer`.
fn number(stage: &Stage, role: &str, peer: &str) -> Result<Value> {
    let id = stage.actor(peer)?.account()?;
    let agent = &stage.actor(role)?.agent;
    Ok(agent.call("safety_number", json!({"id": id}))?)
}

/// The digits of both, which are equal.
fn equal_digits(stage: &Stage, a: &str, b: &str) -> Result<()> {
    let digits = views::text(&number(stage, a, b)?, "digits")?;
    if digits != views::text(&number(stage, b, a)?, "digits")? {
        bail!("the safety numbers of {a} and {b} differ");
    }
    if digits.chars().filter(char::is_ascii_digit).count() != 60 {
        bail!("a safety number has 60 digits, not: {digits}");
    }
    lock(&stage.canaries).text("a safety number", &digits);
    Ok(())
}

/// `by` shows this of `of`, at the number and in its list.
fn must_show(stage: &Stage, by: &str, of: &str, verification: &str) -> Result<()> {
    let number = number(stage, by, of)?;
    let shown = number.get("verification").context("no verification")?;
    let shown = views::kind(shown)?;
    ensure!(
        shown == verification,
        "{by} shows {of} as {shown}, not as {verification}"
    );
    let line = Line {
        verification: Some(verification.to_owned()),
        ..Line::default()
    };
    decisions::shows(stage, by, of, &line)
}

/// Both compare the digits by sight and scan each other's code.
pub(crate) fn compare(stage: &Stage, a: &str, b: &str) -> Result<()> {
    equal_digits(stage, a, b)?;
    scan(stage, a, b, b, "Verified")?;
    scan(stage, b, a, a, "Verified")
}

/// `by` compares the digits of its conversation with `of` and says that they are equal.
pub(crate) fn by_digits(stage: &Stage, by: &str, of: &str) -> Result<()> {
    equal_digits(stage, by, of)?;
    let id = stage.actor(of)?.account()?;
    let arguments = json!({"id": id, "verified": true});
    stage.actor(by)?.agent.call("mark_verified", arguments)?;
    must_show(stage, by, of, "Verified")
}

/// In its conversation with `of`, `by` scans the code that `shown_by` shows for `by`. In an alarm nothing can be marked by
/// hand.
pub(crate) fn scan(stage: &Stage, by: &str, of: &str, shown_by: &str, finds: &str) -> Result<()> {
    let id = stage.actor(of)?.account()?;
    let code = views::text(&number(stage, shown_by, by)?, "qr")?;
    let agent = &stage.actor(by)?.agent;
    let arguments = json!({"id": id, "scanned": code});
    let found = views::kind(&agent.call("verify_scanned", arguments)?)?;
    ensure!(
        found == finds,
        "{by} scans the code of {shown_by} as that of {of} and finds {found}, not {finds}"
    );
    must_show(stage, by, of, finds)?;
    if finds == "Alarm" {
        let arguments = json!({"id": id, "verified": true});
        let refused = agent.call("mark_verified", arguments);
        ensure!(refused.is_err(), "{by} marked {of} as verified in an alarm");
    }
    Ok(())
}

/// `by` dismisses the alarm about `of`; there is none a second time.
pub(crate) fn dismiss(stage: &Stage, by: &str, of: &str) -> Result<()> {
    let id = stage.actor(of)?.account()?;
    let agent = &stage.actor(by)?.agent;
    agent.call("dismiss_alarm", json!({"id": id}))?;
    must_show(stage, by, of, "Unverified")?;
    let again = agent.call("dismiss_alarm", json!({"id": id}));
    ensure!(again.is_err(), "{by} dismissed an alarm that was none");
    Ok(())
}
